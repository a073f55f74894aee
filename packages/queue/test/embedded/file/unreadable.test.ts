import { closeSync, openSync, readFileSync, truncateSync, writeSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Queue } from "../../../src/index.ts";
import { folder, messageTo, open } from "../fixture.ts";

const pageBytes = 8192;
const count = 30;

/** Long enough to have pages of its own, and easily found in the file. */
function bodyOf(index: number, sizeBytes: number): Buffer {
  return Buffer.alloc(sizeBytes, `<body ${String(index).padStart(3, "0")}>`);
}

async function filled(sizeBytes: number): Promise<{ file: string; ids: readonly string[] }> {
  const file = join(folder(), "queue.db");
  const queue = await open(file);
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const added = await queue.add(messageTo(`r${index % 3}`), bodyOf(index, sizeBytes));
    ids.push(...added.ids);
  }
  await queue.close();
  return { file, ids };
}

/** Overwrites a page that has a part of the body of that message. */
function damageBody(file: string, index: number): void {
  const text = bodyOf(index, 1000).subarray(0, 500);
  const found = readFileSync(file).lastIndexOf(text);
  expect(found).toBeGreaterThan(0);
  const descriptor = openSync(file, "r+");
  writeSync(descriptor, Buffer.alloc(pageBytes, 0xff), 0, pageBytes, found - (found % pageBytes));
  closeSync(descriptor);
}

async function deliverAll(queue: Queue): Promise<ReadonlySet<string>> {
  const delivered = new Set<string>();
  for (;;) {
    const leases = await queue.take(10);
    if (leases.length === 0) return delivered;
    for (const lease of leases) {
      try {
        await lease.bytes();
        await lease.done();
        delivered.add(lease.message.id);
      } catch (error) {
        expect(error).toMatchObject({ code: "body-damaged", temporary: false });
        await expect(lease.retry({ afterMs: 0, reason: "x" })).rejects.toMatchObject({
          code: "lease-lost",
        });
      }
    }
  }
}

test.each([
  ["in the row of its message", 100_000],
  ["in pieces", 600_000],
])(
  "a message whose body cannot be read, %s, becomes a dead letter, and the others are delivered",
  async (_, size) => {
    const { file, ids } = await filled(size);
    damageBody(file, 7);
    const problems: string[] = [];
    const queue = await open(file, { onProblem: (problem) => problems.push(problem) });
    const delivered = await deliverAll(queue);
    expect(delivered).toEqual(new Set(ids.filter((id) => id !== ids[7])));
    const { messages } = await queue.list({ state: "dead" });
    expect(messages).toMatchObject([
      { id: ids[7], reason: expect.stringContaining("cannot be read from the queue's file") },
    ]);
    expect(await queue.show(ids[7] ?? "")).toMatchObject({ state: "dead", route: "r1" });
    expect(await queue.drop(ids[7] ?? "")).toBe(true);
    expect(await queue.stats()).toMatchObject({ depth: 0, dead: 0, bytes: 0 });
    expect(await queue.add(messageTo("a"), Buffer.from("x"))).toMatchObject({ duplicate: false });
  },
);

test("messages in a damaged page become dead letters, and stats, lists and new mail work", async () => {
  const { file, ids } = await filled(500);
  damageBody(file, 7);
  const queue = await open(file);
  expect(await queue.stats()).toMatchObject({ depth: count });
  expect((await queue.list({ limit: 100 })).messages.map(({ id }) => id)).toEqual(ids);
  const { ids: added } = await queue.add(messageTo("new"), Buffer.from("x"));
  const delivered = await deliverAll(queue);
  const { dead } = await queue.stats();
  expect(dead).toBeGreaterThan(0);
  expect(dead).toBeLessThan(count);
  expect(delivered.size).toBe(count + 1 - dead);
  expect(delivered).toContain(added[0]);
});

test("a file that ends in the middle of a page is refused", async () => {
  const { file } = await filled(100_000);
  truncateSync(file, readFileSync(file).length - 3 * pageBytes - 100);
  await expect(open(file)).rejects.toMatchObject({
    code: "queue-corrupt",
    message: expect.stringContaining("mailseal queue recover"),
  });
});
