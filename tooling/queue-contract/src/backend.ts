import type { Queue } from "@mailseal/queue";

/** The options that a test can set. */
export interface BackendSettings {
  readonly leaseMs: number;
  readonly dedupWindowMs: number;
  /** The wall clock. Default: the system's. */
  readonly clock?: () => number;
}

/** One queue, which is empty at first. It can be opened any number of times, as by several processes. */
export interface TestedQueue {
  open(): Promise<Queue>;
  /** Removes the queue. Call after all handles are closed. */
  remove(): Promise<void>;
}

/** The properties in which backends differ; everything else is the same for all of them. */
export interface Backend {
  readonly name: string;
  create(settings: BackendSettings): Promise<TestedQueue>;
  /** Whether it reports leased and deferred messages separately. */
  readonly knowsLeases: boolean;
  /** Whether it stores and counts the body of a message for several destinations once. */
  readonly storesBodiesOnce: boolean;
  /** Whether a lease can be longer or shorter than `leaseMs`. */
  readonly extendsByAnyTime: boolean;
}
