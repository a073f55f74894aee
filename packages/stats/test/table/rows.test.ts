import { expect, test } from "vitest";
import { createStatistics, otherOf, rowsOf, totalOf } from "../../src/index.ts";
import { compareNames, subtractRows } from "../../src/table/rows.ts";
import { signed, unsigned } from "../events.ts";

function counted() {
  const statistics = createStatistics();
  for (const domain of ["b", "a", "c", "c"]) statistics.recordSigning(signed(domain));
  statistics.recordSigning(unsigned("failed", "no-key", "c"));
  return statistics.snapshot();
}

test("rows are sorted by their events, and by name if they have equally many", () => {
  const rows = rowsOf(counted(), "signingByDomain");
  expect(rows.map(({ names, counters }) => [names, counters.processed])).toEqual([
    [["c"], 3],
    [["a"], 1],
    [["b"], 1],
  ]);
  expect(rows[0]).toMatchObject({ counters: { signed: 2, failed: 1 }, missed: 0 });
});

test("total, top and the rest add up", () => {
  const snapshot = counted();
  const total = totalOf(snapshot, "signingByDomain");
  expect(total).toMatchObject({ processed: 5, signed: 4, failed: 1 });
  const top = rowsOf(snapshot, "signingByDomain", 1);
  expect(otherOf(snapshot, "signingByDomain", 1)).toEqual(
    subtractRows<"signingByDomain">(total, top),
  );
  expect(otherOf(snapshot, "signingByDomain", 1).processed).toBe(2);
  expect(otherOf(snapshot, "signingByDomain").processed).toBe(0);
});

test("names are compared by the first that differs", () => {
  expect(compareNames(["a", "x"], ["a", "y"])).toBe(-1);
  expect(compareNames(["b", "a"], ["a", "z"])).toBe(1);
});
