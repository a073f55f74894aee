import { DatabaseSync } from "node:sqlite";
import { setFlagsFromString } from "node:v8";
import { expect, test } from "vitest";
import { withSharedRowShapes } from "../../../src/embedded/file/open-database.ts";

setFlagsFromString("--allow-natives-syntax");
// oxlint-disable-next-line no-new-func -- the syntax is V8's own
const haveSameShape = new Function("a", "b", "return %HaveSameMap(a, b)") as (
  a: unknown,
  b: unknown,
) => boolean;

function filled(): DatabaseSync {
  const database = withSharedRowShapes(new DatabaseSync(":memory:"));
  database.exec("CREATE TABLE mail (seq INTEGER, route TEXT, body BLOB, reason TEXT)");
  const insert = database.prepare("INSERT INTO mail VALUES (?, ?, ?, ?)");
  expect(insert.run(1, "a.test", new Uint8Array([1, 2]), null).changes).toBe(1);
  expect(insert.run(2, "b.test", new Uint8Array(), "later").changes).toBe(1);
  return database;
}

const first = { seq: 1, route: "a.test", body: new Uint8Array([1, 2]), reason: null };
const second = { seq: 2, route: "b.test", body: new Uint8Array(), reason: "later" };

test("all rows of a statement share one shape, so that none leaves garbage in old memory", () => {
  const select = filled().prepare("SELECT * FROM mail WHERE seq >= ? ORDER BY seq");
  const rows = [...select.all(1), select.get(1), select.get(2), ...select.iterate(1)];
  expect(rows).toHaveLength(6);
  expect(rows.filter((row) => haveSameShape(row, rows[0]))).toHaveLength(6);
});

test("rows have the names and values of the statement, by get, all and iterate", () => {
  const database = filled();
  const select = database.prepare("SELECT * FROM mail WHERE seq >= ? ORDER BY seq");
  expect(select.get(1)).toEqual(first);
  expect(select.get(3)).toBeUndefined();
  expect(select.all(1)).toEqual([first, second]);
  expect([...select.iterate(1)]).toEqual([first, second]);
  expect(database.prepare("SELECT max(seq) AS last FROM mail").get()).toEqual({ last: 2 });
  expect(database.prepare("SELECT * FROM mail WHERE seq = :seq").all({ seq: 2 })).toEqual([second]);
});

test("a statement that was left after its first row can be run again", () => {
  const database = filled();
  const select = database.prepare("SELECT seq FROM mail ORDER BY seq");
  for (const row of select.iterate()) {
    expect(row).toEqual({ seq: 1 });
    break;
  }
  database.exec("DELETE FROM mail WHERE seq = 1");
  expect([...select.iterate()]).toEqual([{ seq: 2 }]);
});
