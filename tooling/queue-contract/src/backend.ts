import type { Queue } from "@mailseal/queue";

/** What a test may choose. */
export interface BackendSettings {
  readonly leaseMs: number;
  readonly dedupWindowMs: number;
  /** The wall clock. Default: the system's. */
  readonly clock?: () => number;
}

/** One queue, empty at first, that any number of handles can be opened on, as processes would. */
export interface TestedQueue {
  open(): Promise<Queue>;
  /** Removes it, after its handles are closed. */
  remove(): Promise<void>;
}

/** What a backend can and cannot do; everything else is the same for all. */
export interface Backend {
  readonly name: string;
  create(settings: BackendSettings): Promise<TestedQueue>;
  /** Whether it tells messages in hand from those that are put off and those that wait. */
  readonly knowsLeases: boolean;
  /** Whether the body of a message for several destinations is there once, and counted so. */
  readonly storesBodiesOnce: boolean;
  /** Whether a lease can be longer or shorter than `leaseMs`. */
  readonly extendsByAnyTime: boolean;
}
