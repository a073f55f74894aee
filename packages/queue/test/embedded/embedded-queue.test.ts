import { spawnSync } from "node:child_process";
import { closeSync, openSync, statSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { openQueue } from "../../src/index.ts";
import { destinationTo, EndlessBody, folder, messageTo, open } from "./fixture.ts";

const module = new URL("../../src/index.ts", import.meta.url).href;
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
  [
    "a file that is not a database",
    (file: string) => writeFileSync(file, "just a text\n".repeat(1000)),
  ],
  [
    "another program's database",
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

test("refuses a missing folder and options out of range", async () => {
  const file = join(folder(), "nowhere", "queue.db");
  await expect(openQueue({ file })).rejects.toMatchObject({ code: "queue-unavailable" });
  const bad = { code: "bad-option" };
  await expect(openQueue({ file: "" })).rejects.toMatchObject(bad);
  await expect(openQueue({ file, leaseMs: -1 })).rejects.toMatchObject(bad);
});

test("refuses more bodies than may wait for the disk, and does not keep them in memory", async () => {
  const queue = await open(join(folder(), "queue.db"), { maxPendingBytes: 10_000 });
  const outcomes = await Promise.allSettled(
    Array.from({ length: 10 }, () => queue.add(messageTo("a"), Buffer.alloc(4000))),
  );
  const refused = outcomes.filter(({ status }) => status === "rejected");
  expect(refused).toHaveLength(8);
  expect(refused[0]).toMatchObject({ reason: { code: "queue-unavailable", temporary: true } });
  expect(await queue.add(messageTo("a"), Buffer.alloc(4000))).toMatchObject({ duplicate: false });
});

test("uses the caller's clocks", async () => {
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

test("a program does not end before its queue is closed, even with an operation in progress", () => {
  const program = `
    import { openQueue } from ${JSON.stringify(module)};
    const queue = await openQueue({ file: ${JSON.stringify(join(folder(), "queue.db"))} });
    const answer = queue.stats();
    await queue.close();
    console.log("closed, depth", (await answer).depth);`;
  for (let run = 0; run < 5; run += 1) {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["--input-type=module", "--eval", program],
      { encoding: "utf8" },
    );
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: "closed, depth 0\n",
      stderr: "",
    });
  }
});

test.each([
  ["the first piece is refused", { maxPendingBytes: 100_000 }],
  ["the file is full", { maxBytes: 60 * 8192 }],
])("a refused message closes the caller's body: %s", async (_, options) => {
  const queue = await open(join(folder(), "queue.db"), options);
  const body = new EndlessBody();
  await expect(queue.add(messageTo("a"), body)).rejects.toMatchObject({ temporary: true });
  expect(body.isClosed).toBe(true);
  expect((await queue.stats()).depth).toBe(0);
});

test("a number out of range is refused, and does not fail the operations of other callers", async () => {
  const queue = await open(join(folder(), "queue.db"));
  await queue.add(messageTo("a"), Buffer.from("x"));
  const [lease] = await queue.take(1);
  const bad = { code: "bad-option", temporary: false };
  const [refused, ...others] = await Promise.all([
    Promise.allSettled([
      lease?.extend(Number.NaN),
      lease?.retry({ afterMs: Infinity, reason: "later" }),
      queue.take(2.5),
      queue.take(1, { maxPerRoute: 0.5 }),
      queue.stats({ maxRoutes: 1.5 }),
      queue.list({ limit: Number.NaN }),
      queue.list({ after: "-1" }),
    ]),
    queue.add(messageTo("b"), Buffer.from("x")),
    queue.stats(),
  ]);
  for (const outcome of refused) {
    expect(outcome).toMatchObject({ status: "rejected", reason: bad });
  }
  expect(others).toMatchObject([{ duplicate: false }, { diskFreeBytes: expect.any(Number) }]);
  await lease?.extend(1500.5);
  await lease?.done();
});

test("a delay that no time of the file can have is refused, and other mail is taken", async () => {
  const queue = await open(join(folder(), "queue.db"));
  const delayMs = Number.MAX_SAFE_INTEGER;
  await expect(queue.add(messageTo("a", { delayMs }), Buffer.from("x"))).rejects.toMatchObject({
    code: "bad-message",
  });
  await queue.add(messageTo("b"), Buffer.from("x"));
  expect(await queue.take(1)).toHaveLength(1);
  expect(await queue.take(1)).toEqual([]);
  expect((await queue.list()).messages).toHaveLength(1);
});

test("clocks with fractions of milliseconds can be used", async () => {
  const machine = { wallMs: 1_800_000_000_000.25, elapsedMs: 77.125 };
  const queue = await open(join(folder(), "queue.db"), {
    clock: () => machine.wallMs,
    elapsedMs: () => machine.elapsedMs,
  });
  machine.wallMs += 7_200_000.5;
  const firstSeenMs = 1_800_000_000_000;
  const destinations = ["a", "b"].map(destinationTo);
  await queue.add(messageTo("", { destinations, firstSeenMs }), Buffer.from("x"));
  const leases = await queue.take(2);
  expect(leases.map(({ message }) => message.firstSeenMs)).toEqual([firstSeenMs, firstSeenMs]);
});

test("a new queue file can be read by its owner only, and so can the files beside it", async () => {
  const file = join(folder(), "queue.db");
  const queue = await open(file);
  await queue.add(messageTo("a"), Buffer.from("x"));
  for (const end of ["", "-wal", "-mark"]) {
    expect(statSync(`${file}${end}`).mode & 0o777, `queue.db${end}`).toBe(0o600);
  }
});
