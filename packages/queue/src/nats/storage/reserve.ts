import { QueueError } from "../../errors.ts";
import { asked, isStorageFull } from "../connection/server-error.ts";
import type { Servers } from "../connection/servers.ts";
import { SharedRun } from "../shared-run.ts";

/** The reserve is counted in pieces of this size. */
export const pieceBytes: number = 64 * 1024;
/** The number of pieces freed at a time: room to record the end of many messages. */
const givenBytes = 1024 * 1024;

/**
 * Storage kept unused so that queued messages can be settled when the servers are full: without a record, a killed
 * server delivers mail a second time. Pieces of the reserve are removed when settling needs room. Until the reserve is
 * whole again nothing is added, or new mail would take that room.
 */
export class Reserve {
  readonly #servers: Servers;
  #isTouched = false;
  readonly #filling = new SharedRun(() => this.#fill());
  readonly #giving = new SharedRun(() => this.#remove());

  constructor(servers: Servers) {
    this.#servers = servers;
  }

  /** Whether an add must call `check` first. */
  get isTouched(): boolean {
    return this.#isTouched;
  }

  /** Call when an operation has found the servers full. */
  touch(): void {
    this.#isTouched = true;
  }

  /** Runs an operation that settles or defers a message. Rejects with "queue-full" only if the reserve is used up. */
  async settle<Value>(run: () => Promise<Value>): Promise<Value> {
    for (;;) {
      try {
        return await run();
      } catch (error) {
        if (!isStorageFull(error) || !(await this.#give())) throw error;
      }
    }
  }

  /** For adds. Rejects with "queue-full" while the reserve is not whole. */
  async check(): Promise<void> {
    const { missing } = await this.#pieces();
    if (missing > 0) {
      throw new QueueError(
        "queue-full",
        `NATS JetStream has no room for new mail: ${missing * pieceBytes} bytes of the reserve for settling messages are used. Raise the servers' limits`,
      );
    }
    this.#isTouched = false;
  }

  /** Restores the reserve as far as there is room. Call regularly. */
  look(): Promise<void> {
    return this.#filling.join();
  }

  async #fill(): Promise<void> {
    const { client, layout, timeoutMs } = this.#servers;
    const piece = new Uint8Array(pieceBytes);
    for (let { missing } = await this.#pieces(); missing > 0; missing -= 1) {
      await asked(client.publish(layout.reserve, piece, { timeout: timeoutMs }));
    }
  }

  /** Frees a part of the reserve, which concurrent callers share. Resolves to false if nothing is left. */
  #give(): Promise<boolean> {
    this.#isTouched = true;
    return this.#giving.join();
  }

  async #remove(): Promise<boolean> {
    const { left } = await this.#pieces();
    if (left <= 0) return false;
    const { manager, layout } = this.#servers;
    const keep = Math.max(0, left - givenBytes / pieceBytes);
    const name = layout.reserveStream;
    await asked(manager.streams.purge(name, keep > 0 ? { keep } : undefined));
    return true;
  }

  /** Read from the stream: other processes may be configured with another size. */
  async #pieces(): Promise<{ readonly left: number; readonly missing: number }> {
    const { manager, layout } = this.#servers;
    const { state, config } = await asked(manager.streams.info(layout.reserveStream));
    return { left: state.messages, missing: Math.max(0, config.max_msgs - state.messages) };
  }
}
