/** Loaded when they are used: a Node.js without `node:sqlite` can still have a queue in JetStream. */
import type { QueueCheck } from "./salvage/check.ts";
import type { Recovery } from "./salvage/recover.ts";

/**
 * Reads all of a queue's file, as it is at one moment, and changes nothing; while it is in use as well. Rejects with
 * "queue-corrupt" if it is no queue, or cannot be opened.
 */
export async function checkQueue(file: string): Promise<QueueCheck> {
  const { readWholeQueue } = await import("./salvage/check.ts");
  return readWholeQueue(file);
}

/**
 * Puts every message that can be read from a queue's file into a new one, with its id, state and attempts; who was
 * in hand is ready. Reads the pages and the WAL by themselves, so that no damaged page hides others, and never
 * writes to them. Rejects with "bad-option" if there is a target already or no source, and with "queue-unavailable"
 * if the source is in use.
 */
export async function recoverQueue(source: string, target: string): Promise<Recovery> {
  const { saveIntoNew } = await import("./salvage/recover.ts");
  return saveIntoNew(source, target);
}
