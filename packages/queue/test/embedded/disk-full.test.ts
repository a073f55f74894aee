import { execFileSync } from "node:child_process";
import { readdirSync, rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type Queue, QueueError } from "../../src/index.ts";
import { folder, messageTo, open } from "./fixture.ts";

const body = Buffer.alloc(100_000, "x");

/** Undefined where mounting is not allowed. */
function smallDisk(sizeMebibytes: number): string | undefined {
  const directory = folder();
  try {
    const options = ["-t", "tmpfs", "-o", `size=${sizeMebibytes}m`, "tmpfs", directory];
    execFileSync("mount", options, { stdio: "ignore" });
  } catch {
    return undefined;
  }
  onTestFinished(() => void execFileSync("umount", ["-l", directory]));
  return directory;
}

/** Adds until that is refused; resolves to the ids of those that were not. */
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
  "a full disk refuses mail, delivers what it has, and takes more afterwards",
  { timeout: 60_000 },
  async () => {
    const directory = smallDisk(112);
    if (directory === undefined) {
      expect(process.env["CI"], "mounting a small disk needs root").toBeUndefined();
      return;
    }
    const queue = await open(join(directory, "queue.db"), { minFreeBytes: 64 * 1024 * 1024 });
    const added = await fill(queue);
    expect(added.length).toBeGreaterThan(100);
    await expectDelivered(queue, added);
  },
);

test("mail that settles other mail is taken where the rest is refused, down to its own limit", async () => {
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

test("a disk that others have filled to the last byte loses nothing, and is back when they leave", async () => {
  const directory = smallDisk(16);
  if (directory === undefined) {
    expect(process.env["CI"], "mounting a small disk needs root").toBeUndefined();
    return;
  }
  const ballast = join(directory, "ballast");
  writeFileSync(ballast, Buffer.alloc(12 * 1024 * 1024));
  const queue = await open(join(directory, "queue.db"), { minFreeBytes: 0 });
  const added = await fill(queue);
  expect(added.length).toBeGreaterThan(5);
  rmSync(ballast);
  await expectDelivered(queue, added);
});

test("a file that shrinks again, and a WAL that stays short", async () => {
  const directory = folder();
  const file = join(directory, "queue.db");
  const queue = await open(file, { maintenanceMs: 20 });
  const big = Buffer.alloc(2_000_000, "x");
  for (let index = 0; index < 30; index += 1) await queue.add(messageTo("a"), big);
  const before = statSync(file).size;
  expect(before).toBeGreaterThan(30_000_000);
  for (const lease of await queue.take(100, { maxBytes: 1e9 })) await lease.done();
  const deadline = Date.now() + 20_000;
  while (statSync(file).size > before / 2 && Date.now() < deadline) {
    // Its pages are given back by commits, which the WAL's checkpoint brings to the file.
    await queue.add(messageTo("a"), body);
  }
  expect(statSync(file).size).toBeLessThanOrEqual(before / 2);
  const wal = readdirSync(directory).find((name) => name.endsWith("-wal")) ?? "";
  expect(statSync(join(directory, wal)).size).toBeLessThan(100 * 1024 * 1024);
});
