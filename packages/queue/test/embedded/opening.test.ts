import { closeSync, openSync, statSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { openQueue } from "../../src/index.ts";
import { folder, messageTo, open } from "./fixture.ts";

const corrupt = { code: "queue-corrupt", temporary: false };

test("refuses a damaged file", async () => {
  const file = join(folder(), "queue.db");
  const queue = await openQueue({ file, minFreeBytes: 0 });
  await Promise.all(
    Array.from({ length: 300 }, () => queue.add(messageTo("a"), Buffer.alloc(2000, "x"))),
  );
  await queue.close();
  const descriptor = openSync(file, "r+");
  for (let page = 6; page < statSync(file).size / 8192; page += 1) {
    writeSync(descriptor, Buffer.alloc(4000, 0xff), 0, 4000, page * 8192);
  }
  closeSync(descriptor);
  await expect(openQueue({ file })).rejects.toMatchObject(corrupt);
});

test.each([
  ["no database", (file: string) => writeFileSync(file, "just a text\n".repeat(1000))],
  [
    "another program's",
    (file: string) => {
      const database = new DatabaseSync(file);
      database.exec("CREATE TABLE theirs (a); PRAGMA user_version = 7");
      database.close();
    },
  ],
])("refuses %s", async (_, make) => {
  const file = join(folder(), "queue.db");
  make(file);
  await expect(openQueue({ file })).rejects.toMatchObject(corrupt);
});

test("refuses a folder that is not there, and options that are none", async () => {
  const file = join(folder(), "nowhere", "queue.db");
  await expect(openQueue({ file })).rejects.toMatchObject({ code: "queue-unavailable" });
  const bad = { code: "bad-option" };
  await expect(openQueue({ file: "" })).rejects.toMatchObject(bad);
  await expect(openQueue({ file, leaseMs: -1 })).rejects.toMatchObject(bad);
});

test("more than may wait for the disk is refused, not kept in memory", async () => {
  const queue = await open(join(folder(), "queue.db"), { maxPendingBytes: 10_000 });
  const outcomes = await Promise.allSettled(
    Array.from({ length: 10 }, () => queue.add(messageTo("a"), Buffer.alloc(4000))),
  );
  const refused = outcomes.filter(({ status }) => status === "rejected");
  expect(refused).toHaveLength(8);
  expect(refused[0]).toMatchObject({ reason: { code: "queue-unavailable", temporary: true } });
  expect(await queue.add(messageTo("a"), Buffer.alloc(4000))).toMatchObject({ duplicate: false });
});

test("the clock is the caller's", async () => {
  let nowMs = 1_000_000;
  const queue = await open(join(folder(), "queue.db"), {
    clock: () => nowMs,
    elapsedMs: () => nowMs,
    leaseMs: 60_000,
  });
  await queue.add(messageTo("a", { delayMs: 5000 }), Buffer.from("x"));
  expect(await queue.take(1)).toEqual([]);
  nowMs += 5000;
  const [first] = await queue.take(1);
  expect(first?.expiresAtMs).toBe(nowMs + 60_000);
  nowMs += 59_999;
  expect(await queue.take(1)).toEqual([]);
  nowMs += 1;
  const [second] = await queue.take(1);
  expect(second?.message).toMatchObject({ attempt: 2, firstSeenMs: 1_000_000 });
  expect(await queue.stats()).toMatchObject({ oldestAgeMs: 65_000, leased: 1 });
});
