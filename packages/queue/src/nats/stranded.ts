import type { JetStreamManager } from "@nats-io/jetstream";
import type { Ender } from "./ender.ts";
import { type Endings, isSame } from "./endings.ts";
import type { Layout } from "./layout.ts";
import type { CheckedNatsOptions } from "./options.ts";
import { asked } from "./server-error.ts";
import type { Shelf, Shelved } from "./shelf.ts";
import { consumerSettings } from "./streams.ts";

/** A look reads messages one by one: beyond so many in hand it waits until there are fewer. */
const maxRead = 500;
/** Ends that a killed server may have forgotten: some seconds of a busy queue. */
const maxForgotten = 10_000;

export interface StrandedParts {
  readonly manager: JetStreamManager;
  readonly layout: Layout;
  readonly shelf: Shelf;
  readonly endings: Endings;
  readonly ender: Ender;
}

/**
 * Finds messages that are in the stream and that no consumer will ever deliver. A server that is killed
 * can forget that it removed a message, while its consumer knows that it was acknowledged (seen with
 * nats-server 2.9). Those that have ended are removed. Of others nobody can tell whether they were delivered,
 * so the consumer is made anew, and delivers all that is in the stream: at least once.
 */
export class Stranded {
  readonly #parts: StrandedParts;
  readonly #options: CheckedNatsOptions;
  /** Shards where the last look found some: what is being removed just now is gone by the next. */
  readonly #suspects = new Set<number>();
  #hasSwept = false;

  constructor(parts: StrandedParts, options: CheckedNatsOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  /** To be called when the servers were away: removes what has ended and is there again. */
  async sweep(): Promise<void> {
    const { endings, shelf } = this.#parts;
    for await (const batch of endings.latest(maxForgotten)) {
      await Promise.all(
        batch.map(async (ending) => {
          const there = await shelf.at("live", ending.seq);
          if (there?.id === ending.id && isSame(ending, there.label)) await shelf.remove(there);
        }),
      );
    }
    this.#hasSwept = true;
  }

  /** To be called every few seconds. Rejects with "queue-unavailable" where no server answers. */
  async look(): Promise<void> {
    if (!this.#hasSwept) await this.sweep();
    for (let shard = 0; shard < this.#options.shards; shard += 1) {
      // oxlint-disable-next-line no-await-in-loop -- no hurry, and no burst of requests
      if (!(await this.#hasStranded(shard))) {
        this.#suspects.delete(shard);
      } else if (this.#suspects.delete(shard)) {
        // oxlint-disable-next-line no-await-in-loop -- as above
        await this.#free(shard);
      } else {
        this.#suspects.add(shard);
      }
    }
  }

  /** Of those that were delivered already, more are in the stream than the consumer has in hand. */
  async #hasStranded(shard: number): Promise<boolean> {
    const { inHand, delivered } = await this.#state(shard);
    if (inHand > maxRead) return false;
    let count = 0;
    for await (const _ of this.#delivered(shard, delivered)) {
      count += 1;
      if (count > inHand) return true;
    }
    return false;
  }

  async #free(shard: number): Promise<void> {
    const { ender, shelf, manager, layout } = this.#parts;
    const { inHand, delivered } = await this.#state(shard);
    let count = 0;
    for await (const message of this.#delivered(shard, delivered)) {
      if (await ender.hasEnded(message.id, message.label)) await shelf.remove(message);
      else count += 1;
      if (count > inHand) {
        const stream = layout.stream("live");
        const settings = consumerSettings(layout, shard, this.#options.leaseMs);
        await asked(manager.consumers.delete(stream, `shard-${shard}`));
        await asked(manager.consumers.add(stream, settings));
        return;
      }
    }
  }

  async *#delivered(shard: number, delivered: number): AsyncGenerator<Shelved, void, void> {
    let seq = 1;
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- each tells where the next one is
      const message = await this.#parts.shelf.nextOfShard(shard, seq);
      if (message === undefined || message.seq > delivered) return;
      yield message;
      seq = message.seq + 1;
    }
  }

  async #state(shard: number): Promise<{ readonly inHand: number; readonly delivered: number }> {
    const stream = this.#parts.layout.stream("live");
    const { delivered, num_ack_pending: inHand } = await asked(
      this.#parts.manager.consumers.info(stream, `shard-${shard}`),
    );
    return { inHand, delivered: delivered.stream_seq };
  }
}
