import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { destinationTo, folder, messageTo, open } from "../fixture.ts";

const destinations = (count: number) =>
  Array.from({ length: count }, (_, index) => destinationTo(`r${index}.example`));

function rowsOf(file: string): Record<string, number> {
  const database = new DatabaseSync(file, { readOnly: true });
  const tables = ["message", "piece", "upload", "shared", "schedule", "dead", "route"];
  const counts = tables.map((table) => {
    const row = database.prepare(`SELECT count(*) AS count FROM ${table}`).get();
    return [table, Number(row?.["count"])];
  });
  database.close();
  return Object.fromEntries(counts) as Record<string, number>;
}

test.each([
  ["short", 80_000, 0],
  ["long", 1_000_000, 4],
])("a %s body is stored once and removed with its last destination", async (_, size, pieces) => {
  const file = join(folder(), "queue.db");
  const queue = await open(file);
  await queue.add(messageTo("a", { destinations: destinations(50) }), Buffer.alloc(size, "x"));
  const stored = { message: 1, piece: pieces, shared: 1, schedule: 50, route: 50 };
  expect(rowsOf(file)).toMatchObject(stored);
  const leases = await queue.take(50, { maxBytes: 1e9 });
  expect(leases).toHaveLength(50);
  const [last, dead, ...others] = leases;
  await dead?.dead("no");
  await Promise.all(others.map((lease) => lease.done()));
  await last?.done();
  expect(rowsOf(file)).toMatchObject({ ...stored, schedule: 0, dead: 1, route: 1 });
  await queue.drop(dead?.message.id ?? "");
  expect(new Set(Object.values(rowsOf(file)))).toEqual(new Set([0]));
});

test("a body that waits for the disk counts once, whatever the number of its destinations", async () => {
  const queue = await open(join(folder(), "queue.db"), { maxPendingBytes: 100_000 });
  const message = messageTo("a", { destinations: destinations(1000) });
  expect((await queue.add(message, Buffer.alloc(86_000))).ids).toHaveLength(1000);
  expect(await queue.stats()).toMatchObject({ depth: 1000, bytes: 86_000 });
});

test("a message that does not fit for all destinations is queued for none, and the next try is not a duplicate", async () => {
  const file = join(folder(), "queue.db");
  const message = messageTo("a", { destinations: destinations(1000), dedupId: "d" });
  const small = await open(file, { maxBytes: 40 * 8192 });
  await expect(small.add(message, Buffer.alloc(150_000))).rejects.toMatchObject({
    code: "queue-full",
  });
  expect(await small.stats()).toMatchObject({ depth: 0, bytes: 0, routes: [] });
  await small.close();
  const queue = await open(file);
  expect(await queue.add(message, Buffer.alloc(150_000))).toMatchObject({ duplicate: false });
  expect((await queue.stats()).depth).toBe(1000);
});

test("the context is stored once for all destinations", async () => {
  const file = join(folder(), "queue.db");
  const queue = await open(file);
  const context = new Map([["binding", "x".repeat(10_000)]]);
  const message = messageTo("a", { destinations: destinations(1000), context });
  await queue.add(message, Buffer.alloc(10));
  const database = new DatabaseSync(file, { readOnly: true });
  const pages = Number(database.prepare("PRAGMA page_count").get()?.["page_count"]);
  database.close();
  expect((pages * 8192) / 1000).toBeLessThan(1024);
});

test("a duplicate gets the ids of the first message, even if its destinations differ", async () => {
  const queue = await open(join(folder(), "queue.db"));
  const first = await queue.add(
    messageTo("a", { destinations: destinations(3), dedupId: "d" }),
    Buffer.from("x"),
  );
  const second = await queue.add(messageTo("a", { dedupId: "d" }), Buffer.from("x"));
  expect(second).toEqual({ ids: first.ids, duplicate: true });
});
