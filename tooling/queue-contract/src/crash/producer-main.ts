/** Adds messages until SIGTERM, and records what was acknowledged. Arguments: see `processes.ts`. */
import { setTimeout as sleep } from "node:timers/promises";
import { QueueError } from "@mailseal/queue";
import { bodyOf, keyAt } from "./body.ts";
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

/** Mostly one; now and then 2, 100 or 1,000: each is delivered, and judged, by itself. */
function someRoutes(): readonly string[] {
  const choice = random();
  const routes = choice < 0.8 ? 1 : choice < 0.97 ? 2 : choice < 0.998 ? 100 : 1000;
  const first = Math.floor(random() * 10);
  return Array.from({ length: routes }, (_, index) => `route-${first + index}`);
}

/** As a client of the relay does: what was not accepted is sent again, with the same id. */
async function addUntilAcknowledged(key: string): Promise<void> {
  const sizeBytes = random() < 0.02 ? 700_000 : Math.floor(random() * 4096);
  const routes = someRoutes();
  const message = {
    envelope: { from: "" },
    destinations: routes.map((route) => ({ route, recipients: [{ address: `bob@${route}` }] })),
    dedupId: key,
  };
  const keys = routes.map((route) => keyAt(key, route));
  record.write("adding", ...keys);
  for (;;) {
    try {
      await queue.add(message, bodyOf(key, sizeBytes));
      record.write("acked", ...keys);
      return;
    } catch (error) {
      if (!(error instanceof QueueError && error.temporary)) throw error;
      record.writeRefusal(keyAt(key, routes[0] ?? ""), error.code);
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
