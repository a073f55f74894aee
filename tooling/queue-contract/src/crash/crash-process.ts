import { setTimeout as sleep } from "node:timers/promises";
import { type Queue, QueueError } from "@mailseal/queue";
import { type CrashQueue, openCrashQueue } from "./crash-queue.ts";
import { seededRandom } from "./random.ts";
import { Recorder } from "./record.ts";

/** The one argument of a process of a crash test, as JSON. */
export interface ProcessArguments {
  readonly queue: CrashQueue;
  readonly name: string;
  readonly recordFile: string;
  readonly seed: number;
}

/** The parts that producers and consumers share. */
export interface CrashProcess {
  readonly name: string;
  readonly queue: Queue;
  readonly record: Recorder;
  readonly random: () => number;
  /** Aborted by SIGTERM. */
  readonly stop: AbortSignal;
}

const retryMs = 50;

/** Reads the arguments and opens the queue. */
export async function startCrashProcess(): Promise<CrashProcess> {
  const given = JSON.parse(process.argv[2] ?? "") as ProcessArguments;
  const stop = new AbortController();
  process.once("SIGTERM", () => stop.abort());
  return {
    name: given.name,
    record: new Recorder(given.name, given.recordFile),
    random: seededRandom(given.seed),
    stop: stop.signal,
    queue: await openCrashQueue(given.queue),
  };
}

/**
 * Repeats an operation while the queue cannot run it for now, because its disk is full or its server is down. Resolves to
 * false if the process is stopped before it succeeds.
 */
export async function repeated(
  operation: () => Promise<unknown>,
  stop: AbortSignal,
  onRefusal: (error: QueueError) => void = () => undefined,
): Promise<boolean> {
  for (;;) {
    try {
      await operation();
      return true;
    } catch (error) {
      if (!(error instanceof QueueError && error.temporary)) throw error;
      onRefusal(error);
      if (stop.aborted) return false;
      await sleep(retryMs);
    }
  }
}
