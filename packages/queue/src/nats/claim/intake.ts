import type { Consumer, JsMsg } from "@nats-io/jetstream";
import { WakeUp } from "../../wake-up.ts";
import type { SeenMessages } from "./seen-messages.ts";

/** A message that has arrived and is not leased yet. */
export interface Arrival {
  readonly message: JsMsg;
  readonly arrivedMs: number;
}

/** The shortest time that JetStream clients let a pull wait. */
const pullMs = 1000;
/** After this time without a take, messages that have arrived are returned for other processes. */
const idleMs = 1000;
const pauseAfterFailureMs = 100;

/** Pulls from every shard while there are takes, and keeps messages that arrive between two takes. */
export class Intake {
  readonly wakeUp: WakeUp = new WakeUp();
  readonly #consumers: readonly Consumer[];
  readonly #clock: () => number;
  readonly #seen: SeenMessages;
  readonly #pulls = new Map<Consumer, Promise<void>>();
  readonly #sweep: NodeJS.Timeout;
  #arrivals: Arrival[] = [];
  #closed = false;
  #paused = false;

  constructor(consumers: readonly Consumer[], clock: () => number, seen: SeenMessages) {
    this.#consumers = consumers;
    this.#clock = clock;
    this.#seen = seen;
    this.#sweep = setInterval(() => this.#giveBackIdle(), idleMs).unref();
  }

  /** Makes sure that pulls for at most `batch` messages are pending. */
  pull(batch: number): void {
    if (this.#closed || this.#paused || this.#arrivals.length >= batch) return;
    const share = Math.ceil(batch / this.#consumers.length);
    for (const consumer of this.#consumers) {
      if (this.#pulls.has(consumer)) continue;
      const pull = this.#pullOnce(consumer, share).finally(() => {
        this.#pulls.delete(consumer);
        this.wakeUp.ring();
      });
      this.#pulls.set(consumer, pull);
    }
  }

  /** Returns all messages that have arrived. The caller returns unwanted ones with `keep`. */
  collect(): readonly Arrival[] {
    const arrivals = this.#arrivals;
    this.#arrivals = [];
    return arrivals;
  }

  /**
   * Drops the messages that have arrived and stops pulling: the connection is lost, and the servers may deliver them to
   * other processes when they are back. The servers deliver the rest again when their leases expire.
   */
  pause(): void {
    this.#paused = true;
    this.#arrivals = [];
  }

  resume(): void {
    this.#paused = false;
    this.wakeUp.ring();
  }

  keep(arrivals: readonly Arrival[]): void {
    if (this.#paused) return;
    if (this.#closed) for (const { message } of arrivals) message.nak();
    else this.#arrivals = [...arrivals, ...this.#arrivals];
  }

  /** Waits for pulls to end, because messages on their way would stay leased until expiry, then returns what arrived. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#sweep);
    this.wakeUp.ring();
    await Promise.all(this.#pulls.values());
    for (const { message } of this.collect()) message.nak();
  }

  async #pullOnce(consumer: Consumer, messages: number): Promise<void> {
    try {
      const fetch = await consumer.fetch({ max_messages: messages, expires: pullMs });
      for await (const message of fetch) {
        if (message.info.deliveryCount > 1) this.#seen.saw(message.seq);
        if (this.#paused) continue;
        this.#arrivals.push({ message, arrivedMs: this.#clock() });
        this.wakeUp.ring();
      }
    } catch {
      // No server can be reached, or the shard has no leader: a waiting take pulls again after a pause.
      await new Promise((resolve) => setTimeout(resolve, pauseAfterFailureMs));
    }
  }

  #giveBackIdle(): void {
    const oldestMs = this.#clock() - idleMs;
    const arrivals = this.#arrivals;
    this.#arrivals = arrivals.filter(({ arrivedMs }) => arrivedMs >= oldestMs);
    for (const { message, arrivedMs } of arrivals) if (arrivedMs < oldestMs) message.nak();
  }
}
