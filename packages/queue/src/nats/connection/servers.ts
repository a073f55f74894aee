import type { JetStreamClient, JetStreamManager } from "@nats-io/jetstream";
import type { Layout } from "../storage/layout.ts";

/** The servers, and how they are asked: what every part of the queue in them needs. */
export interface Servers {
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly layout: Layout;
  /** For each answer. */
  readonly timeoutMs: number;
}
