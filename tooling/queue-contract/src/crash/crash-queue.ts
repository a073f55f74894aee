import { setTimeout as sleep } from "node:timers/promises";
import { openQueue, type Queue, QueueError } from "@mailseal/queue";
import { openNatsQueue } from "@mailseal/queue/nats";

/** Short, so that the messages of a killed process are delivered again soon. */
export const leaseMs = 2000;

/** The address of a queue, by which every process of a crash test opens it. */
export type CrashQueue =
  | { readonly kind: "embedded"; readonly file: string; readonly minFreeBytes?: number }
  | { readonly kind: "nats"; readonly servers: readonly string[]; readonly name: string };

/** Tries until the queue can be opened, as a supervisor restarts a process. */
export async function openCrashQueue(queue: CrashQueue): Promise<Queue> {
  for (;;) {
    try {
      return await openOnce(queue);
    } catch (error) {
      if (!(error instanceof QueueError && error.temporary)) throw error;
      await sleep(100);
    }
  }
}

function openOnce(queue: CrashQueue): Promise<Queue> {
  switch (queue.kind) {
    case "embedded":
      return openQueue({
        file: queue.file,
        leaseMs,
        pollMs: 20,
        maintenanceMs: 200,
        minFreeBytes: queue.minFreeBytes ?? 0,
      });
    case "nats":
      return openNatsQueue({
        connection: { servers: [...queue.servers], waitOnFirstConnect: true },
        name: queue.name,
        durability: "os-buffered",
        leaseMs,
        shards: 2,
        timeoutMs: 1000,
        checkMs: 3000,
      });
  }
}
