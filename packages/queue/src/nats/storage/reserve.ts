import { QueueError } from "../../errors.ts";
import { asked, isStorageFull } from "../connection/server-error.ts";
import type { Servers } from "../connection/servers.ts";

/** The reserve is counted in pieces of this size. */
export const pieceBytes: number = 64 * 1024;
/** Given up at a time: room for the notes of many messages. */
const givenBytes = 1024 * 1024;

/**
 * Storage that nothing uses, so that what is queued can be ended when the servers have no room: without a note a
 * server that is killed hands out again what was delivered. Pieces of it are removed when an end needs room;
 * from then until it is whole again nothing is added, or new mail would take that room.
 */
export class Reserve {
  readonly #servers: Servers;
  #isTouched = false;
  #giving: Promise<boolean> | undefined;
  #looking: Promise<void> | undefined;

  constructor(servers: Servers) {
    this.#servers = servers;
  }

  /** Whether an add has to ask first, with `check`. */
  get isTouched(): boolean {
    return this.#isTouched;
  }

  /** Some operation found the servers full. */
  touch(): void {
    this.#isTouched = true;
  }

  /** Runs what ends a message or puts it off. Rejects with "queue-full" only when nothing is left to give. */
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
        `NATS JetStream has no room for new mail: ${missing * pieceBytes} bytes of the reserve for settling messages are used; raise the servers' limits`,
      );
    }
    this.#isTouched = false;
  }

  /** Makes it whole, as far as there is room; to be called now and then. */
  look(): Promise<void> {
    this.#looking ??= this.#fill().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #fill(): Promise<void> {
    const { client, layout, timeoutMs } = this.#servers;
    const piece = new Uint8Array(pieceBytes);
    for (let { missing } = await this.#pieces(); missing > 0; missing -= 1) {
      await asked(client.publish(layout.reserve, piece, { timeout: timeoutMs }));
    }
  }

  /** Resolves to false where there is nothing to give. Whoever needs room at the same time shares what is given. */
  #give(): Promise<boolean> {
    this.#isTouched = true;
    this.#giving ??= this.#remove().finally(() => {
      this.#giving = undefined;
    });
    return this.#giving;
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

  /** As the stream was created: other processes may have been told another size. */
  async #pieces(): Promise<{ readonly left: number; readonly missing: number }> {
    const { manager, layout } = this.#servers;
    const { state, config } = await asked(manager.streams.info(layout.reserveStream));
    return { left: state.messages, missing: Math.max(0, config.max_msgs - state.messages) };
  }
}
