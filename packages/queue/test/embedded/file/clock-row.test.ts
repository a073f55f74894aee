import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { anchoredClock, noteClock } from "../../../src/embedded/file/clock-row.ts";
import { schema } from "../../../src/embedded/file/schema.ts";

const reading = { bootId: "boot", elapsedMs: 1000, wallMs: 1_000_000 };

function newDatabase(): DatabaseSync {
  const database = new DatabaseSync(":memory:");
  database.exec(schema);
  return database;
}

function stored(database: DatabaseSync): unknown {
  const row = database.prepare("SELECT value FROM setting WHERE name = 'clock'").get();
  return JSON.parse(String(row?.["value"]));
}

test("the first process of a boot writes the anchor, and the others read it", () => {
  const database = newDatabase();
  const anchor = anchoredClock(database, reading, 1000);
  expect(stored(database)).toEqual(anchor);
  const later = { ...reading, elapsedMs: 9000, wallMs: 5 };
  expect(anchoredClock(database, later, 1000)).toEqual(anchor);
  expect(database.isTransaction).toBe(false);
});

test("the clocks are recorded once a minute, and when the wall clock was set", () => {
  const database = newDatabase();
  const anchor = anchoredClock(database, reading, 1000);
  noteClock(database, 1_059_999, 999);
  expect(stored(database)).toEqual(anchor);
  noteClock(database, 1_000_500, 1000);
  expect(stored(database)).toEqual({ ...anchor, aheadMs: 1000, lastMs: 1_000_500 });
  noteClock(database, 1_060_500, 1000);
  expect(stored(database)).toEqual({ ...anchor, aheadMs: 1000, lastMs: 1_060_500 });
});

test("a time before the recorded one does not move it back", () => {
  const database = newDatabase();
  anchoredClock(database, reading, 1000);
  noteClock(database, 900_000, 5000);
  expect(stored(database)).toMatchObject({ aheadMs: 5000, lastMs: 1_000_000 });
});
