import type { Listener, ListenTarget } from "@mailseal/config";
import type { Generation } from "./generation.ts";

/** A listener of the config at work, whatever its protocol. */
export interface RunningListener {
  readonly config: Listener;
  /** Where it listens: the port that the system chose where the config says 0. */
  readonly address: ListenTarget;
  /** Whether a listener of a new config may go on as this one. */
  canServe(listener: Listener, generation: Generation): boolean;
  /** Messages that begin from now on are of the new generation. */
  use(generation: Generation): void;
  /** Lets go of the address; connections go on. */
  stopListening(): void;
  /** Takes no more connections; messages in flight have `deadlineMs` to end. */
  stop(deadlineMs: number): Promise<void>;
}
