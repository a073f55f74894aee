import fc from "fast-check";
import { expect, test } from "vitest";
import {
  createStatistics,
  parseSnapshot,
  rowsOf,
  StatisticsError,
  totalOf,
} from "../../src/index.ts";
import { signed } from "../events.ts";

function snapshot() {
  const statistics = createStatistics({ now: () => 1 });
  statistics.recordSigning(signed("a.example"));
  statistics.recordQueue({ queue: "out", depth: 1, oldestAgeMs: 2, dead: 3, missing: 4 });
  return statistics.snapshot();
}

test("reads what JSON made of a snapshot", () => {
  expect(parseSnapshot(JSON.parse(JSON.stringify(snapshot())))).toEqual(snapshot());
});

test("what an older one does not have is empty", () => {
  const older = { ...snapshot(), tables: {}, histograms: {} };
  expect(totalOf(parseSnapshot(older), "signing").processed).toBe(0);
});

test("columns that an older one does not have are 0", () => {
  const whole = snapshot();
  const { signingByDomain } = whole.tables;
  const older = {
    ...signingByDomain,
    values: signingByDomain.values.slice(0, -1),
    other: signingByDomain.other.slice(0, -1),
  };
  const parsed = parseSnapshot({ ...whole, tables: { ...whole.tables, signingByDomain: older } });
  expect(parsed).toEqual(whole);
});

test("names are made printable", () => {
  const { signingByDomain } = snapshot().tables;
  const tables = {
    ...snapshot().tables,
    signingByDomain: { ...signingByDomain, names: ["\u001b"] },
  };
  const parsed = parseSnapshot({ ...snapshot(), tables });
  expect(rowsOf(parsed, "signingByDomain")[0]?.names).toEqual(["\\u{1b}"]);
});

const table = snapshot().tables.signingByDomain;
const damages: readonly (readonly [what: string, damaged: unknown])[] = [
  ["nothing", undefined],
  ["another version", { ...snapshot(), version: 2 }],
  ["no time", { ...snapshot(), sinceMs: Number.NaN }],
  ["a table that is text", { ...snapshot(), tables: { signing: "x" } }],
  ["a row without a name", { ...snapshot(), tables: { signingByDomain: { ...table, names: [] } } }],
  ["half a row", { ...snapshot(), tables: { signingByDomain: { ...table, values: [1] } } }],
  ["a count below 0", { ...snapshot(), tables: { signingByDomain: { ...table, floor: -1 } } }],
  [
    "a count that is text",
    { ...snapshot(), histograms: { signing: { buckets: [1, "2"], sumNs: 0 } } },
  ],
  ["no such bucket", { ...snapshot(), histograms: { signing: { buckets: [4e9, 1], sumNs: 0 } } }],
];

test.each(damages)("%s is refused", (_, damaged) => {
  expect(() => parseSnapshot(damaged)).toThrow(
    expect.objectContaining({ code: "invalid-snapshot" }),
  );
});

test("anything else is a snapshot or an error of the documented kind", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
      for (const value of [one, { ...snapshot(), tables: one, histograms: other }]) {
        try {
          parseSnapshot(value);
        } catch (error) {
          expect(error).toBeInstanceOf(StatisticsError);
        }
      }
    }),
  );
});
