import fc from "fast-check";
import { expect, test } from "vitest";
import { BoundedTable, type TableSnapshot } from "../../src/table/bounded-table.ts";

/** Events and bytes, by one name. */
const COLUMNS = 2;

function tableOf(names: readonly string[], limit: number): BoundedTable {
  const table = new BoundedTable([true], COLUMNS, limit);
  for (const name of names) record(table, name);
  return table;
}

function record(table: BoundedTable, name: string): void {
  const row = table.row(name);
  table.add(row, 0, 1);
  table.add(row, 1, 10);
}

function countsOf(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

function sumOf({ values, other }: TableSnapshot, column: number): number {
  return values
    .filter((_, at) => at % COLUMNS === column)
    .reduce((sum, value) => sum + value, other[column] ?? 0);
}

/** What the README promises of a table that has seen the names. */
function expectPromisesKept(snapshot: TableSnapshot, names: readonly string[], limit: number) {
  const counts = countsOf(names);
  expect(sumOf(snapshot, 0)).toBe(names.length);
  expect(sumOf(snapshot, 1)).toBe(names.length * 10);
  expect(snapshot.names.length).toBeLessThanOrEqual(limit);
  expect(snapshot.floor).toBeLessThanOrEqual(names.length / (Math.floor(limit / 2) + 1));
  for (const [row, name] of snapshot.names.entries()) {
    const kept = snapshot.values[row * COLUMNS] ?? 0;
    const missed = (counts.get(name) ?? 0) - kept;
    expect(missed).toBeGreaterThanOrEqual(0);
    expect(missed).toBeLessThanOrEqual(snapshot.missed[row] ?? 0);
  }
  for (const [name, count] of counts) {
    if (count > snapshot.floor) expect(snapshot.names).toContain(name);
  }
  if (counts.size <= limit) expect(snapshot.floor).toBe(0);
}

/** Some names come often, most of them once. */
const stream = fc.array(
  fc.oneof(
    fc.nat(3).map((at) => `often${at}.example`),
    fc.nat(200).map((at) => `seldom${at}.example`),
  ),
  { maxLength: 400 },
);
const limit = fc.integer({ min: 2, max: 24 });

test("sums are exact, heavy names are kept, and the error of a row is bounded", () => {
  fc.assert(
    fc.property(stream, limit, (names, rows) => {
      expectPromisesKept(tableOf(names, rows).snapshot(Infinity), names, rows);
    }),
  );
});

test("the same holds for deltas of several tables, merged into one that folds", () => {
  fc.assert(
    fc.property(fc.array(stream, { maxLength: 4 }), limit, limit, (streams, small, large) => {
      const merged = new BoundedTable([true], COLUMNS, large);
      const floors = streams.map((names) => {
        const delta = tableOf(names, small).snapshot(Infinity);
        merged.merge(delta);
        return delta.floor;
      });
      const snapshot = merged.snapshot(Infinity);
      const names = streams.flat();
      expect(sumOf(snapshot, 0)).toBe(names.length);
      expect(snapshot.floor).toBeGreaterThanOrEqual(floors.reduce((sum, floor) => sum + floor, 0));
      const counts = countsOf(names);
      for (const [row, name] of snapshot.names.entries()) {
        const missed = (counts.get(name) ?? 0) - (snapshot.values[row * COLUMNS] ?? 0);
        expect(missed).toBeGreaterThanOrEqual(0);
        expect(missed).toBeLessThanOrEqual(snapshot.missed[row] ?? 0);
      }
      for (const [name, count] of counts) {
        if (count > snapshot.floor) expect(snapshot.names).toContain(name);
      }
    }),
  );
});

test("the top of a snapshot keeps the same promises", () => {
  fc.assert(
    fc.property(stream, fc.integer({ min: 1, max: 8 }), (names, top) => {
      const table = tableOf(names, 1_000);
      const snapshot = table.snapshot(top);
      const counts = [...countsOf(names).values()].toSorted((a, b) => b - a);
      expect(sumOf(snapshot, 0)).toBe(names.length);
      const kept = snapshot.values.filter((_, at) => at % COLUMNS === 0);
      expect(kept.toSorted((a, b) => b - a)).toEqual(counts.slice(0, top));
      expect(snapshot.floor).toBe(counts[top] ?? 0);
    }),
  );
});

test("a million names that come once do not push out one that comes often", () => {
  const table = new BoundedTable([true], COLUMNS, 1_000);
  let often = 0;
  for (let at = 0; at < 1_000_000; at += 1) {
    if (at % 500 === 0) {
      record(table, "often.example");
      often += 1;
    }
    record(table, `once${at}.example`);
  }
  const snapshot = table.snapshot(Infinity);
  const row = snapshot.names.indexOf("often.example");
  expect(snapshot.values[row * COLUMNS]).toBe(often);
  expect(snapshot.missed[row]).toBe(0);
  expect(sumOf(snapshot, 0)).toBe(1_000_000 + often);
});

test("a cleared table keeps names that weigh nothing, and gives them up first", () => {
  const table = tableOf(["a", "b", "c", "d"], 4);
  table.clear();
  expect(table.snapshot(Infinity)).toEqual({
    names: [],
    values: [],
    missed: [],
    other: [0, 0],
    floor: 0,
  });
  for (const name of ["e", "f", "d"]) record(table, name);
  const { names, floor } = table.snapshot(Infinity);
  expect(names.toSorted()).toEqual(["d", "e", "f"]);
  expect(floor).toBe(0);
});

test("names are escaped, cut, and of one case for domains only", () => {
  const table = new BoundedTable([true, false], 1, 8);
  const rows = [
    table.row("Example.COM", "Out"),
    table.row("example.com", "Out"),
    table.row("example.com", "out"),
    table.row("x".repeat(1 << 20), "\u001b"),
    table.row("x".repeat(1 << 21), "\u001b"),
  ];
  expect(rows).toEqual([0, 0, 1, 2, 2]);
  for (const row of rows) table.add(row, 0, 1);
  expect(table.snapshot(Infinity)).toMatchObject({
    names: ["example.com", "Out", "example.com", "out", `${"x".repeat(250)}...`, "\\u{1b}"],
    values: [2, 1, 2],
  });
});

test("names that objects have too are names like others", () => {
  const names = ["__proto__", "constructor", "toString"];
  expect(tableOf(names, 8).snapshot(Infinity).names.toSorted()).toEqual(
    names.map((name) => name.toLowerCase()).toSorted(),
  );
});
