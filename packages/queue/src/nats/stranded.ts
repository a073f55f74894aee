import type { JetStreamManager } from "@nats-io/jetstream";
import type { Layout } from "./layout.ts";
import type { CheckedNatsOptions } from "./options.ts";
import { asked } from "./server-error.ts";
import type { Shelf } from "./shelf.ts";
import { consumerSettings } from "./streams.ts";

/** A look reads messages one by one: beyond so many in hand it waits until there are fewer. */
const maxRead = 500;

/**
 * Finds messages that are in the stream and that no consumer will ever deliver. A server that is killed
 * can forget that it removed a message, while its consumer knows that it was acknowledged (seen with
 * nats-server 2.9). Nobody can tell whether they were delivered, so the consumer is made anew, and
 * delivers all that is in the stream: at least once.
 */
export class Stranded {
  readonly #manager: JetStreamManager;
  readonly #layout: Layout;
  readonly #shelf: Shelf;
  readonly #options: CheckedNatsOptions;
  /** Shards where the last look found some: what is being removed just now is gone by the next. */
  readonly #suspects = new Set<number>();

  constructor(
    manager: JetStreamManager,
    layout: Layout,
    shelf: Shelf,
    options: CheckedNatsOptions,
  ) {
    this.#manager = manager;
    this.#layout = layout;
    this.#shelf = shelf;
    this.#options = options;
  }

  /** To be called every few seconds. Rejects with "queue-unavailable" where no server answers. */
  async look(): Promise<void> {
    for (let shard = 0; shard < this.#options.shards; shard += 1) {
      // oxlint-disable-next-line no-await-in-loop -- no hurry, and no burst of requests
      if (!(await this.#hasStranded(shard))) {
        this.#suspects.delete(shard);
      } else if (this.#suspects.delete(shard)) {
        // oxlint-disable-next-line no-await-in-loop -- as above
        await this.#renew(shard);
      } else {
        this.#suspects.add(shard);
      }
    }
  }

  /** Of those that were delivered already, more are in the stream than the consumer has in hand. */
  async #hasStranded(shard: number): Promise<boolean> {
    const stream = this.#layout.stream("live");
    const { delivered, num_ack_pending: inHand } = await asked(
      this.#manager.consumers.info(stream, `shard-${shard}`),
    );
    if (inHand > maxRead) return false;
    let seq = 1;
    for (let count = 0; count <= inHand; count += 1) {
      // oxlint-disable-next-line no-await-in-loop -- each tells where the next one is
      const message = await this.#shelf.nextOfShard(shard, seq);
      if (message === undefined || message.seq > delivered.stream_seq) return false;
      seq = message.seq + 1;
    }
    return true;
  }

  async #renew(shard: number): Promise<void> {
    const stream = this.#layout.stream("live");
    const settings = consumerSettings(this.#layout, shard, this.#options.leaseMs);
    await asked(this.#manager.consumers.delete(stream, `shard-${shard}`));
    await asked(this.#manager.consumers.add(stream, settings));
  }
}
