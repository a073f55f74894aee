import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { migrate, SchemaVersionError } from "../src/migrate.ts";

const steps: Parameters<typeof migrate>[2] = new Map([
  [0, (it): void => it.exec("CREATE TABLE mail (id, size)")],
  [1, (it): void => it.exec("ALTER TABLE mail ADD COLUMN size")],
]);

function columnsOf(database: DatabaseSync): unknown {
  return database.prepare("SELECT name FROM pragma_table_info('mail')").all();
}

test("a new file and an older one are upgraded to the same tables, once", () => {
  const made = new DatabaseSync(":memory:");
  expect(migrate(made, 2, steps)).toBe(true);
  expect(migrate(made, 2, steps)).toBe(false);
  const older = new DatabaseSync(":memory:");
  older.exec("CREATE TABLE mail (id); PRAGMA user_version = 1");
  expect(migrate(older, 2, steps)).toBe(true);
  expect(columnsOf(older)).toEqual(columnsOf(made));
  expect(older.prepare("PRAGMA user_version").get()).toEqual({ user_version: 2 });
});

test("a file of a later version is refused and not changed", () => {
  const later = new DatabaseSync(":memory:");
  later.exec("PRAGMA user_version = 7");
  expect(() => migrate(later, 2, steps)).toThrow(SchemaVersionError);
  expect(() => migrate(later, 2, steps)).toThrow(
    "its schema version is 7, and this program knows 2",
  );
  expect(later.isTransaction).toBe(false);
});

test("a failed step is rolled back", () => {
  const database = new DatabaseSync(":memory:");
  const failing = new Map([
    [0, (it: DatabaseSync): void => it.exec("CREATE TABLE mail (id); bad")],
  ]);
  expect(() => migrate(database, 2, failing)).toThrow(/syntax error/);
  expect(columnsOf(database)).toEqual([]);
});
