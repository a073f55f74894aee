import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { schema } from "../../../src/embedded/file/schema.ts";
import { Ledger } from "../../../src/embedded/store/ledger.ts";

function newLedger(): { ledger: Ledger; row: () => unknown } {
  const database = new DatabaseSync(":memory:");
  database.exec(schema);
  return {
    ledger: new Ledger(database),
    row: () => database.prepare("SELECT * FROM ledger").get(),
  };
}

test("a transaction that counts is written, with its changes", () => {
  const { ledger, row } = newLedger();
  expect(ledger.enter(3)).toBe(1);
  ledger.addBytes(100);
  ledger.leave();
  ledger.countCommit();
  expect(ledger.flush()).toEqual({ nextSeq: 4, messages: 2, commits: 1 });
  expect(row()).toEqual({ next_seq: 4, messages: 2, bytes: 100, commits: 1 });
  expect(ledger.enter(1)).toBe(4);
});

test("a transaction that does not count writes nothing", () => {
  const { ledger, row } = newLedger();
  expect(ledger.flush()).toBeUndefined();
  expect(row()).toMatchObject({ commits: 0 });
});

test("after a rollback the changes are forgotten", () => {
  const { ledger } = newLedger();
  ledger.enter(5);
  ledger.countCommit();
  ledger.forget();
  expect(ledger.flush()).toBeUndefined();
  expect(ledger.enter(1)).toBe(1);
});
