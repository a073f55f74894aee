import { SqliteMissingError } from "@mailseal/sqlite";
import { expect, test } from "vitest";
import { failureOf, queueError, sqliteCodeOf } from "../../../src/embedded/file/sqlite-code.ts";
import { QueueError } from "../../../src/errors.ts";

function sqliteError(errcode: number): Error {
  return Object.assign(new Error("reason"), { errcode });
}

test("the primary code of an extended one is found", () => {
  expect([sqliteCodeOf(sqliteError(522)), sqliteCodeOf(new Error("x")), sqliteCodeOf(5)]).toEqual([
    10,
    undefined,
    undefined,
  ]);
});

test.each([
  [sqliteError(13), "queue-full", "the queue file q.db has no room: reason. Free space"],
  [sqliteError(11), "queue-corrupt", "the queue file q.db is damaged: reason. Stop relays"],
  [sqliteError(26), "queue-corrupt", "the queue file q.db is damaged: reason. Stop relays"],
  [sqliteError(5), "queue-unavailable", "cannot read and write the queue file q.db: reason."],
  [sqliteError(8), "queue-unavailable", "q.db: reason. All programs that use it must run as"],
  [
    Object.assign(new Error("permission denied"), { code: "EACCES" }),
    "queue-unavailable",
    "q.db: permission denied. All programs that use it must run as the user that owns it",
  ],
  ["text", "queue-unavailable", "cannot read and write the queue file q.db: text."],
  [
    new SqliteMissingError("the queue"),
    "bad-option",
    "Run a newer Node.js, or keep the queue in NATS JetStream",
  ],
  [new QueueError("lease-lost", "own message"), "lease-lost", "own message"],
])("%s becomes %s", (error, code, message) => {
  const failure = { code, message: expect.stringContaining(message) };
  expect(failureOf(error, "q.db")).toEqual(failure);
  expect(queueError(error, "q.db")).toMatchObject({ ...failure, cause: error });
});
