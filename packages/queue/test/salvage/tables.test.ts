import { expect, test } from "vitest";
import type { Value } from "../../src/salvage/records.ts";
import { messageRow, pieceRow, Tables } from "../../src/salvage/tables.ts";

const body = Buffer.from("body");

function tablesOf(...rows: readonly (readonly [number | undefined, ...Value[]])[]): Tables {
  const tables = new Tables();
  for (const [rowId, ...values] of rows) tables.add({ rowId, values, page: 3, offset: 40 });
  return tables;
}

test.each<[string, readonly Value[], object]>([
  ["this version", [null, 5, 2, 99, 0, 3, 10, "later", "[]", 7], { state: "delayed", mail: 7 }],
  [
    "the first version",
    [null, 5, 2, 99, 0, 3, 10, "later", "[]"],
    { state: "delayed", mail: null },
  ],
])("a row of schedule of %s", (_, values, expected) => {
  expect(tablesOf([8, ...values]).queued.get(8)).toEqual({
    seq: 8,
    route: 5,
    due: 99,
    attempt: 3,
    size: 10,
    reason: "later",
    recipients: "[]",
    ...expected,
  });
});

test.each<[string, readonly Value[]]>([
  ["this version", [null, 5, 99, 3, 10, "550 no", null, null]],
  ["the first version", [null, 5, 99, 3, 10, "550 no", null]],
])("a row of dead of %s", (_, values) => {
  expect(tablesOf([8, ...values]).queued.get(8)).toMatchObject({ state: "dead", reason: "550 no" });
});

const message = { route: "a", size: 4, firstSeen: 1, upload: null, metadata: "{}", body };

test.each<[string, readonly Value[], number | null]>([
  ["this version", [null, "a", 4, 1, null, 77, "{}", body], 77],
  ["an upgraded file", [null, "a", 4, 1, null, "{}", body, 77], 77],
  ["the first version", [null, "a", 4, 1, null, "{}", body], null],
])("a row of message of %s", (_, values, checksum) => {
  expect(messageRow(values)).toEqual({ ...message, checksum });
  expect(tablesOf([8, ...values]).messages.get(8)).toEqual({ page: 3, offset: 40 });
});

test("a row of piece, with or without a checksum", () => {
  expect(pieceRow([null, body, 5])).toEqual({ bytes: body, checksum: 5 });
  expect(pieceRow([null, body])).toEqual({ bytes: body, checksum: null });
  expect(tablesOf([8, null, body]).pieces.get(8)).toEqual({ page: 3, offset: 40 });
});

test("a route is named by its row, or by the index if its row is damaged", () => {
  const tables = tablesOf(
    [1, null, "a", null, 0, 0, 0, 0, 0, 0],
    [undefined, "a", 1],
    [undefined, "b", 2],
  );
  expect([tables.routeName(1), tables.routeName(2), tables.routeName(3)]).toEqual([
    "a",
    "b",
    undefined,
  ]);
});

test("settings, shared messages and the ledger", () => {
  const tables = tablesOf([undefined, "tag", "abcde"], [8, null, 3, 1], [1, 50, 4, 999, 12]);
  expect(tables.settings).toEqual(new Map([["tag", "abcde"]]));
  expect(tables.shared).toEqual(new Map([[8, 4]]));
  expect([tables.nextSeq, tables.commits]).toEqual([50, 12]);
});

test.each<[string, readonly Value[]]>([
  ["an unknown state", [null, 5, 4, 99, 0, 3, 10, null, null, null]],
  ["text in place of a number", [null, 5, 0, "99", 0, 3, 10, null, null, null]],
  ["too few values", [null, 5]],
  ["no values", []],
])("a row with %s belongs to no table", (_, values) => {
  const { queued, messages, pieces, routes, shared } = tablesOf([8, ...values]);
  expect([queued, messages, pieces, routes, shared].map(({ size }) => size)).toEqual([
    0, 0, 0, 0, 0,
  ]);
});
