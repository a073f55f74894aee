import type { Listener, ListenTarget } from "@mailseal/config";
import type { Generation } from "./generation.ts";

/** A listener of the config that is running, of either protocol. */
export interface RunningListener {
  readonly config: Listener;
  /** The address in use, with the port that the system chose if the config says 0. */
  readonly address: ListenTarget;
  /** Whether this one can go on as a listener of a new config. */
  canServe(listener: Listener, generation: Generation): boolean;
  /** Messages that begin from now on belong to the new generation. */
  use(generation: Generation): void;
  /** Releases the address. Connections go on. */
  stopListening(): void;
  /** Takes no more connections, and waits up to `deadlineMs` for messages in flight. */
  stop(deadlineMs: number): Promise<void>;
}
