import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { expect } from "vitest";
import { openQueue, type Queue } from "../../src/index.ts";
import { destinationTo, messageTo } from "../embedded/fixture.ts";

export const pageBytes: number = 8192;

export function bodyOf(index: number): Buffer {
  const sizes = [500, 3000, 40_000, 600_000];
  return Buffer.alloc(sizes[index % 4] ?? 0, `<body ${index}>`);
}

/** Messages in every state, for one destination and for several, and pages that were used before. */
async function fill(queue: Queue): Promise<void> {
  for (let index = 0; index < 40; index += 1) {
    await queue.add(messageTo(`gone${index % 3}`), bodyOf(index));
  }
  for (const lease of await queue.take(40, { maxBytes: 1e9 })) await lease.done();
  for (let index = 0; index < 60; index += 1) {
    const destinations = Array.from({ length: index % 10 === 0 ? 20 : 1 }, (_, at) =>
      destinationTo(`r${(index + at) % 30}.example`),
    );
    await queue.add(
      messageTo("", { destinations, context: new Map([["binding", "out"]]) }),
      bodyOf(index),
    );
  }
  const leases = await queue.take(30, { maxBytes: 1e9 });
  for (const [index, lease] of leases.entries()) {
    if (index % 3 === 0) await lease.dead("550 no");
    else if (index % 3 === 1) await lease.retry({ afterMs: 3_600_000, reason: "451 later" });
  }
  for (const { id } of (await queue.list({ state: "ready", limit: 5 })).messages) {
    await queue.hold(id);
  }
}

/** A message of a queue, as text to compare. */
export interface Found {
  readonly id: string;
  readonly state: string;
  readonly text: string;
}

/** All messages of a queue file, by id. */
export async function allIn(file: string): Promise<ReadonlyMap<string, Found>> {
  const queue = await openQueue({ file, minFreeBytes: 0 });
  const found = new Map<string, Found>();
  for (const state of [undefined, "dead"] as const) {
    let after: string | undefined;
    do {
      const page = await queue.list({
        limit: 1000,
        ...(state && { state }),
        ...(after !== undefined && { after }),
      });
      for (const { dueMs: _, state: now, ...message } of page.messages) {
        const pieces: Uint8Array[] = [];
        for await (const piece of queue.content(message.id)) pieces.push(piece);
        const body = Buffer.concat(pieces).toString("latin1");
        const text = JSON.stringify({ ...message, context: [...message.context], body });
        found.set(message.id, { id: message.id, state: now, text });
      }
      after = page.next;
    } while (after !== undefined);
  }
  const { depth, dead } = await queue.stats();
  expect(depth + dead).toBe(found.size);
  await queue.close();
  return found;
}

export function overwrite(path: string, position: number, bytes: Uint8Array): void {
  const descriptor = openSync(path, "r+");
  writeSync(descriptor, bytes, 0, bytes.length, position);
  closeSync(descriptor);
}

/** A queue file with messages in every state, which is removed after all tests of the file. */
export async function soundFile(): Promise<string> {
  const file = join(temporaryDirectory("file"), "queue.db");
  const queue = await openQueue({ file, minFreeBytes: 0 });
  await fill(queue);
  await queue.close();
  return file;
}
