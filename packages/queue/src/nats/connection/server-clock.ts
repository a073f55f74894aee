import { AckPolicy, DeliverPolicy, type JetStreamManager } from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import { MonotonicClock, stepMs } from "../../monotonic-clock.ts";
import { asked } from "./server-error.ts";

const probeLifeMs = 5000;

/**
 * The server's clock as seen by this process: it is read once, then follows the process's monotonic clock, so that
 * setting the wall clock of either machine does not move it. Leases and due times use this clock, so that processes on
 * machines whose clocks differ agree on them.
 */
export class ServerClock extends MonotonicClock {
  readonly #manager: JetStreamManager;
  readonly #stream: string;

  private constructor(
    manager: JetStreamManager,
    stream: string,
    wall: () => number,
    elapsed: () => number,
  ) {
    super(wall, elapsed);
    this.#manager = manager;
    this.#stream = stream;
  }

  /** `stream` is one that may have consumers besides those of the queue. */
  static async start(
    manager: JetStreamManager,
    stream: string,
    { clock, elapsedMs }: { readonly clock: () => number; readonly elapsedMs: () => number },
  ): Promise<ServerClock> {
    const started = new ServerClock(manager, stream, clock, elapsedMs);
    started.startAt(await started.#readStart());
    return started;
  }

  /** Call regularly, because no two clocks run at the same rate. A larger difference is a step, which is not followed. */
  async follow(): Promise<void> {
    const startMs = await this.#readStart();
    if (Math.abs(startMs - this.startMs) < stepMs) this.startAt(startMs);
  }

  /**
   * The server's time at which the monotonic clock showed 0. JetStream reports when a consumer was created, so that this
   * creates one.
   */
  async #readStart(): Promise<number> {
    const beforeMs = this.elapsedMs;
    const { name, created } = await asked(
      this.#manager.consumers.add(this.#stream, {
        ack_policy: AckPolicy.None,
        deliver_policy: DeliverPolicy.New,
        inactive_threshold: nanos(probeLifeMs),
        mem_storage: true,
        num_replicas: 1,
      }),
    );
    const middleMs = (beforeMs + this.elapsedMs) / 2;
    // If this fails, the server removes the consumer after `probeLifeMs`.
    this.#manager.consumers.delete(this.#stream, name).catch(() => undefined);
    return Date.parse(created) - middleMs;
  }
}
