/** Takes messages until SIGTERM, and records what it got. Its argument is a `ProcessArguments`. */
import { type Lease, QueueError } from "@mailseal/queue";
import { keyAt, keyOf } from "./body.ts";
import { repeated, startCrashProcess } from "./crash-process.ts";

const { queue, record, random, stop } = await startCrashProcess();

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
    await repeated(
      () => (choice < 0.03 ? lease.release() : lease.retry({ afterMs, reason: "451 later" })),
      stop,
    );
  } else if (await repeated(() => lease.done(), stop)) {
    record.write("done", key);
  }
}

/** Makes a message whose body is missing a dead letter, as a worker does: it was delivered again after its end. */
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

while (!stop.aborted) {
  try {
    const leases = await queue.take(20, { waitMs: 300, signal: stop });
    const outcomes = await Promise.allSettled(leases.map((lease) => deliver(lease)));
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") rethrowUnexpected(outcome.reason);
    }
  } catch (error) {
    rethrowUnexpected(error);
  }
}
await queue.close();

/** Ignores the errors that a crash test expects: a killed server, and a lease that expired in the meantime. */
function rethrowUnexpected(error: unknown): void {
  if (error instanceof QueueError && (error.temporary || error.code === "lease-lost")) return;
  throw error;
}
