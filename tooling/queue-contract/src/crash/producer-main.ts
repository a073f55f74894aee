/** Adds messages until SIGTERM, and records what was acknowledged. Arguments: see `processes.ts`. */
import { setTimeout as sleep } from "node:timers/promises";
import { QueueError } from "@mailseal/queue";
import { bodyOf } from "./body.ts";
import { openCrashQueue } from "./crash-queue.ts";
import { readArguments } from "./process-arguments.ts";
import { seededRandom } from "./random.ts";
import { Recorder } from "./record.ts";

const atOnce = 8;
const pauseMs = 2;

const { queue: spec, name, recordFile, seed } = readArguments();
const record = new Recorder(name, recordFile);
const random = seededRandom(seed);
const stop = new AbortController();
process.once("SIGTERM", () => stop.abort());

const queue = await openCrashQueue(spec);
let count = 0;

/** As a client of the relay does: what was not accepted is sent again, with the same id. */
async function addUntilAcknowledged(key: string): Promise<void> {
  const sizeBytes = random() < 0.02 ? 700_000 : Math.floor(random() * 4096);
  const message = {
    route: `route-${Math.floor(random() * 10)}`,
    envelope: { from: "", recipients: [{ address: "bob@example.net" }] },
    dedupId: key,
  };
  for (;;) {
    try {
      await queue.add(message, bodyOf(key, sizeBytes));
      record.write("acked", key);
      return;
    } catch (error) {
      if (!(error instanceof QueueError && error.temporary)) throw error;
      if (stop.signal.aborted) return;
      await sleep(50);
    }
  }
}

await Promise.all(
  Array.from({ length: atOnce }, async () => {
    while (!stop.signal.aborted) {
      await addUntilAcknowledged(`${name}-${count++}`);
      await sleep(pauseMs);
    }
  }),
);
await queue.close();
