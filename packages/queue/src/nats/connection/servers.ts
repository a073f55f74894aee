import type { JetStreamClient, JetStreamManager } from "@nats-io/jetstream";
import type { Layout } from "../storage/layout.ts";

/** The access to the servers that every part of the queue uses. */
export interface Servers {
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly layout: Layout;
  /** The time limit for each reply. */
  readonly timeoutMs: number;
}
