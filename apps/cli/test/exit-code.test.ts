import { expect, test } from "vitest";
import { CommandFailure, exitCode, worst } from "../src/exit-code.ts";

test("a command ends with the worst code of its files", () => {
  const { ok, temporary, no, unreadable } = exitCode;
  const fromBest = [ok, temporary, no, unreadable];
  for (const [index, code] of fromBest.entries()) {
    for (const better of fromBest.slice(0, index + 1)) {
      expect([worst(code, better), worst(better, code)]).toEqual([code, code]);
    }
  }
});

test("a failure keeps its code and each further line", () => {
  const failure = new CommandFailure(exitCode.no, "first", ["second", "third"]);
  expect(failure).toMatchObject({ exitCode: 1, message: "first", more: ["second", "third"] });
});
