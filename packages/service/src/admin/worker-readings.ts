/**
 * Readings of a running worker that the relay's page shows. To add one, give it its type and its name here: then the
 * worker does not compile until `apps/worker/src/admin.ts` reads it, and the relay fetches it and hands it to the page.
 */
import type { QueueStats } from "@mailseal/queue";
import type { AnsweringEndpoint } from "./endpoint.ts";

export interface WorkerReadings {
  readonly queue: QueueStats & { readonly delivering: number };
  /** The latest key rotations, the newest first. */
  readonly rotations: readonly RotationSummary[];
}

/** A key rotation. Nothing in it is secret. */
export interface RotationSummary {
  readonly id: number;
  readonly domain: string;
  readonly stage: string;
  /** No step is left. */
  readonly isOver: boolean;
  readonly direction: string;
  readonly sinceMs: number;
  /** The time of the next step. */
  readonly dueMs: number;
  readonly problem?: string | undefined;
  readonly cause?: string | undefined;
  /** Selectors. */
  readonly incoming: readonly string[];
  readonly outgoing: readonly string[];
}

/** The path of each reading at the worker's admin address. */
export const workerReadingPaths: Readonly<Record<keyof WorkerReadings, string>> = {
  queue: "/queue",
  rotations: "/rotations",
};

type Read = {
  readonly [Name in keyof WorkerReadings]: () =>
    | WorkerReadings[Name]
    | Promise<WorkerReadings[Name]>;
};

/** Serves the readings of a worker. */
export function workerReadingEndpoints(read: Read): readonly AnsweringEndpoint[] {
  const names = Object.keys(workerReadingPaths) as (keyof WorkerReadings)[];
  return names.map((name) => ({
    method: "GET",
    path: workerReadingPaths[name],
    answer: async () => ({ status: 200, body: await read[name]() }),
  }));
}
