import { rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { smallDisk } from "@mailseal/testkit/small-disk";
import { expect, test } from "vitest";
import { type Queue, QueueError } from "../../../src/index.ts";
import { folder, messageTo, open } from "../fixture.ts";

const body = Buffer.alloc(100_000, "x");
const mebibyte = 1024 * 1024;

/** Adds messages until one is refused; resolves to the ids of the others. */
async function fill(queue: Queue): Promise<readonly string[]> {
  const added: string[] = [];
  for (;;) {
    try {
      added.push(...(await queue.add(messageTo("a"), body)).ids);
    } catch (error) {
      expect(error).toBeInstanceOf(QueueError);
      expect(error).toMatchObject({ code: "queue-full", temporary: true });
      return added;
    }
  }
}

async function expectDelivered(queue: Queue, ids: readonly string[]): Promise<void> {
  const delivered: string[] = [];
  for (;;) {
    const leases = await queue.take(5);
    if (leases.length === 0) break;
    for (const lease of leases) {
      expect((await lease.bytes()).length).toBe(body.length);
      await lease.done();
      delivered.push(lease.message.id);
    }
  }
  expect(delivered.toSorted()).toEqual(ids.toSorted());
  expect(await queue.add(messageTo("a"), body)).toMatchObject({ duplicate: false });
}

test(
  "a queue on a full disk refuses new mail, delivers its mail, and accepts mail again after that",
  { timeout: 60_000 },
  async () => {
    const directory = smallDisk(112 * mebibyte, "test");
    if (directory === undefined) return;
    const queue = await open(join(directory, "queue.db"), { minFreeBytes: 64 * mebibyte });
    const added = await fill(queue);
    expect(added.length).toBeGreaterThan(100);
    await expectDelivered(queue, added);
  },
);

test("mail that settles other mail is accepted down to a lower limit", async () => {
  const { bavail, bsize } = statfsSync(tmpdir());
  const freeBytes = bavail * bsize;
  const file = join(folder(), "queue.db");
  const settling = { ...messageTo("a"), settles: true };
  const queue = await open(file, { minFreeBytes: 2 * freeBytes, minFreeSettlingBytes: 1 });
  await expect(queue.add(messageTo("a"), body)).rejects.toMatchObject({ code: "queue-full" });
  expect(await queue.add(settling, Buffer.alloc(600_000, "x"))).toMatchObject({ duplicate: false });
  await queue.close();
  const full = await open(file, { minFreeBytes: 4 * freeBytes });
  await expect(full.add(settling, body)).rejects.toMatchObject({ code: "queue-full" });
  const [lease] = await full.take(1);
  await lease?.done();
  expect((await full.stats()).depth).toBe(0);
});

test("a queue loses nothing on a disk that others fill completely, and accepts mail again when there is space", async () => {
  const directory = smallDisk(16 * mebibyte, "test");
  if (directory === undefined) return;
  const ballast = join(directory, "ballast");
  writeFileSync(ballast, Buffer.alloc(12 * mebibyte));
  const queue = await open(join(directory, "queue.db"), { minFreeBytes: 0 });
  const added = await fill(queue);
  expect(added.length).toBeGreaterThan(5);
  rmSync(ballast);
  await expectDelivered(queue, added);
});
