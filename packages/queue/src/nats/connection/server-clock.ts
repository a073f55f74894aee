import { AckPolicy, DeliverPolicy, type JetStreamManager } from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import { asked } from "./server-error.ts";

/** A difference up to this is drift, which is followed; a larger one is a step, which is not. */
const stepMs = 1000;
const probeLifeMs = 5000;

/**
 * The server's clock as seen by this process: it is read once, then follows the process's monotonic clock, so that
 * setting the wall clock of either machine does not move it. Leases and due times use this clock, so that processes on
 * machines whose clocks differ agree on them.
 */
export class ServerClock {
  readonly #manager: JetStreamManager;
  readonly #stream: string;
  readonly #wall: () => number;
  readonly #elapsed: () => number;
  #startMs = 0;
  #aheadMs = 0;

  private constructor(
    manager: JetStreamManager,
    stream: string,
    wall: () => number,
    elapsed: () => number,
  ) {
    this.#manager = manager;
    this.#stream = stream;
    this.#wall = wall;
    this.#elapsed = elapsed;
  }

  /** `stream` is one that may have consumers besides those of the queue. */
  static async start(
    manager: JetStreamManager,
    stream: string,
    { clock, elapsedMs }: { readonly clock: () => number; readonly elapsedMs: () => number },
  ): Promise<ServerClock> {
    const started = new ServerClock(manager, stream, clock, elapsedMs);
    started.#startMs = await started.#difference();
    return started;
  }

  now(): number {
    return Math.round(this.#startMs + this.#elapsed());
  }

  /** How many milliseconds the wall clock of this machine is ahead. It changes only when the wall clock is set. */
  ahead(): number {
    const aheadMs = this.#wall() - this.now();
    if (Math.abs(aheadMs - this.#aheadMs) >= stepMs) this.#aheadMs = aheadMs;
    return this.#aheadMs;
  }

  /** Call regularly, because no two clocks run at the same rate. */
  async follow(): Promise<void> {
    const startMs = await this.#difference();
    if (Math.abs(startMs - this.#startMs) < stepMs) this.#startMs = startMs;
  }

  /** Between the server's clock and the monotonic one here. A consumer tells when it was made; no message does. */
  async #difference(): Promise<number> {
    const beforeMs = this.#elapsed();
    const { name, created } = await asked(
      this.#manager.consumers.add(this.#stream, {
        ack_policy: AckPolicy.None,
        deliver_policy: DeliverPolicy.New,
        inactive_threshold: nanos(probeLifeMs),
        mem_storage: true,
        num_replicas: 1,
      }),
    );
    const middleMs = (beforeMs + this.#elapsed()) / 2;
    // It ends by itself if this fails.
    this.#manager.consumers.delete(this.#stream, name).catch(() => undefined);
    return Date.parse(created) - middleMs;
  }
}
