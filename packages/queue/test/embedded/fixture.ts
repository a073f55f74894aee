import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import {
  type Destination,
  type EmbeddedQueueOptions,
  type NewMessage,
  openQueue,
  type Queue,
} from "../../src/index.ts";

/** A folder that is gone when the test ends. */
export function folder(): string {
  const directory = mkdtempSync(join(tmpdir(), "mailseal-queue-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export async function open(
  file: string,
  options: Partial<EmbeddedQueueOptions> = {},
): Promise<Queue> {
  const queue = await openQueue({ file, minFreeBytes: 0, ...options });
  onTestFinished(() => queue.close());
  return queue;
}

export function messageTo(route: string, more: Partial<NewMessage> = {}): NewMessage {
  return { envelope: { from: "" }, destinations: [destinationTo(route)], ...more };
}

export function destinationTo(route: string): Destination {
  return { route, recipients: [{ address: `bob@${route}` }] };
}
