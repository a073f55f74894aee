/** Takes messages until SIGTERM, and records what it got. Arguments: see `processes.ts`. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Lease, QueueError } from "@mailseal/queue";
import { keyAt, keyOf } from "./body.ts";
import { openCrashQueue } from "./crash-queue.ts";
import { readArguments } from "./process-arguments.ts";
import { seededRandom } from "./random.ts";
import { Recorder } from "./record.ts";

const { queue: spec, name, recordFile, seed } = readArguments();
const record = new Recorder(name, recordFile);
const random = seededRandom(seed);
const stop = new AbortController();
process.once("SIGTERM", () => stop.abort());

const queue = await openCrashQueue(spec);

async function deliver(lease: Lease): Promise<void> {
  const { dedupId, route, envelope } = lease.message;
  const key = keyAt(dedupId ?? lease.message.id, route);
  const bytes = await bytesOf(lease);
  if (bytes === undefined) return;
  const isRight = keyOf(bytes) === dedupId;
  if (!isRight || envelope.recipients[0]?.address !== `bob@${route}`) {
    record.write("spoiled", key);
    return;
  }
  record.write("got", key);
  const choice = random();
  if (choice < 0.15) {
    record.write("giving-back", key);
    const afterMs = Math.floor(random() * 50);
    await ended(() =>
      choice < 0.03 ? lease.release() : lease.retry({ afterMs, reason: "451 later" }),
    );
  } else {
    await ended(() => lease.done());
    record.write("done", key);
  }
}

/** As the worker does: a queue that cannot write for now, because its disk is full, is asked again. */
async function ended(end: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      await end();
      return;
    } catch (error) {
      if (!(error instanceof QueueError && error.temporary) || stop.signal.aborted) throw error;
      await sleep(50);
    }
  }
}

/** As a worker does: what comes again after its end has no body any longer, and becomes a dead letter. */
async function bytesOf(lease: Lease): Promise<Uint8Array | undefined> {
  try {
    return await lease.bytes();
  } catch (error) {
    if (!(error instanceof QueueError && error.code === "body-missing")) throw error;
    record.write("bodyless", keyAt(lease.message.dedupId ?? lease.message.id, lease.message.route));
    await lease.dead(error.message);
    return undefined;
  }
}

while (!stop.signal.aborted) {
  try {
    const leases = await queue.take(20, { waitMs: 300, signal: stop.signal });
    const outcomes = await Promise.allSettled(leases.map((lease) => deliver(lease)));
    for (const outcome of outcomes) if (outcome.status === "rejected") passes(outcome.reason);
  } catch (error) {
    passes(error);
  }
}
await queue.close();

/** A server that was killed, and a lease that ran out meanwhile, are what this is about. */
function passes(error: unknown): void {
  if (error instanceof QueueError && (error.temporary || error.code === "lease-lost")) return;
  throw error;
}
