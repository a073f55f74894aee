import type { Consumer, JsMsg } from "@nats-io/jetstream";
import { WakeUp } from "../../wake-up.ts";
import type { SeenMessages } from "./seen-messages.ts";

/** A message that arrived and is not in anybody's hand yet. */
export interface Arrival {
  readonly message: JsMsg;
  readonly arrivedMs: number;
}

/** The least that JetStream's clients let a pull wait. */
const pullMs = 1000;
/** After so long without a take others shall have what arrived. */
const idleMs = 1000;
const pauseAfterFailureMs = 100;

/** Pulls from every shard while somebody takes, and keeps what arrives between two takes. */
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

  /** Makes sure that messages are on their way, `batch` at most. */
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

  /** All that has arrived; what the taker does not want it gives back with `keep`. */
  collect(): readonly Arrival[] {
    const arrivals = this.#arrivals;
    this.#arrivals = [];
    return arrivals;
  }

  /**
   * Forgets what has arrived and pulls no more: the servers are away, and may hand it to others when they are
   * back. What they still know to be here comes again when its lease has ended.
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

  /** Lets pulls end, for what is on its way would be lost until its lease ends, and hands back what came. */
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
      // No server, or none that leads the shard: whoever waits pulls again, not at once.
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
