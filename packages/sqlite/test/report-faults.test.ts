import { expect, test } from "vitest";
import { SqliteMissingError } from "../src/open-sqlite.ts";
import { type FaultReport, reportFaults } from "../src/report-faults.ts";

class OwnError extends Error {}
const report: FaultReport = {
  file: 'the table "/t.db"',
  ownError: OwnError,
  errorOf: (message) => new OwnError(message),
};

test("returns the value of the action", () => {
  expect(reportFaults(report, () => 1)).toBe(1);
});

test.each([
  [
    "an error of SQLite",
    new Error("disk I/O error"),
    'cannot use the table "/t.db": disk I/O error',
  ],
  ["anything else", "x", 'cannot use the table "/t.db": x'],
  ["a missing module", new SqliteMissingError("the table"), /^the table needs node:sqlite/],
])("%s is rethrown as the package's own error", (_, thrown, message) => {
  const action = (): never => {
    throw thrown;
  };
  expect(() => reportFaults(report, action)).toThrow(OwnError);
  expect(() => reportFaults(report, action)).toThrow(message);
});

test("the package's own error is thrown as it is", () => {
  const own = new OwnError("taken");
  const action = (): never => {
    throw own;
  };
  expect(() => reportFaults(report, action)).toThrow(own);
});
