import type { JetStreamManager } from "@nats-io/jetstream";
import { asked } from "../connection/server-error.ts";
import type { CheckedNatsOptions } from "../options.ts";
import type { Settler } from "../settle/settle.ts";
import { type Tombstone, type Tombstones, isSame } from "../settle/tombstones.ts";
import type { Layout } from "../storage/layout.ts";
import type { StoredMessages, StoredMessage } from "../storage/stored-messages.ts";
import { redeliveryMs } from "../storage/streams.ts";
import type { SeenMessages } from "./seen-messages.ts";

/** The number of messages that one check reads of a shard; the next check continues after them. */
const maxRead = 500;
const atOnce = 100;
/** A message that nobody has leased is delivered again within this number of leases. */
const leases = 3;

export interface OrphansParts {
  readonly manager: JetStreamManager;
  readonly layout: Layout;
  readonly stored: StoredMessages;
  readonly tombstones: Tombstones;
  readonly settler: Settler;
  readonly seen: SeenMessages;
}

/** A pass over the delivered messages of a shard, which takes several checks. */
interface Pass {
  /** The number at which the next check continues. */
  fromSeq: number;
  /** When each due message was first found: in the previous pass, and in this one. */
  earlier: ReadonlyMap<number, number>;
  readonly found: Map<number, number>;
  /** Since when no process has known each message. */
  readonly unknown: Map<number, number>;
}

/**
 * Finds orphans: messages in the stream that no consumer will ever deliver. A killed server can forget that it removed
 * a message while its consumer still knows that the message was acknowledged; and a consumer can wait forever for
 * messages that no longer exist (both seen with nats-server 2.9), so that its counts prove nothing.
 *
 * A message is an orphan if it was delivered, is due, and no process of the queue has leased it or seen it for some
 * leases. If it was settled, it is removed; otherwise nobody knows whether it was delivered, and a copy replaces it: at
 * least once.
 */
export class Orphans {
  readonly #parts: OrphansParts;
  readonly #options: CheckedNatsOptions;
  readonly #passes: readonly Pass[];
  #turnedMs = performance.now();
  #hasSwept = false;
  #looking = false;

  constructor(parts: OrphansParts, options: CheckedNatsOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#passes = Array.from({ length: options.shards }, newPass);
  }

  /**
   * Removes the messages of these tombstones, from `Tombstones.recall`, that are in the stream again. Call after the
   * connection was lost.
   */
  async sweep(tombstones: readonly Tombstone[]): Promise<void> {
    const { stored } = this.#parts;
    for (let start = 0; start < tombstones.length; start += atOnce) {
      // In batches, so that the servers do not get a burst of requests.
      await Promise.all(
        tombstones.slice(start, start + atOnce).map(async (ending) => {
          const there = await stored.at("live", ending.seq);
          if (there?.id === ending.id && isSame(ending, there.label)) await stored.remove(there);
        }),
      );
    }
    this.#hasSwept = true;
  }

  /** Call every few seconds. Rejects with "queue-unavailable" if no server answers. */
  async look(): Promise<void> {
    // One check at a time: the next one starts where this one ends.
    if (this.#looking) return;
    this.#looking = true;
    try {
      this.#turn();
      if (!this.#hasSwept) await this.sweep(await this.#parts.tombstones.recalled());
      for (const [shard, pass] of this.#passes.entries()) {
        // One shard at a time: nothing waits for this, and the servers do not get a burst of requests.
        await this.#lookAt(shard, pass);
      }
    } finally {
      this.#looking = false;
    }
  }

  get #patienceMs(): number {
    return leases * redeliveryMs(this.#options.leaseMs);
  }

  /** Together, the two periods that are remembered are longer than `#patienceMs`. */
  #turn(): void {
    if (performance.now() - this.#turnedMs < this.#patienceMs) return;
    this.#turnedMs = performance.now();
    this.#parts.seen.turn();
  }

  async #lookAt(shard: number, pass: Pass): Promise<void> {
    const { settler, stored, seen, manager, layout } = this.#parts;
    const { delivered, ack_floor: floor } = await asked(
      manager.consumers.info(layout.stream("live"), `shard-${shard}`),
    );
    const nowMs = performance.now();
    const overdue: number[] = [];
    for await (const message of this.#delivered(shard, pass, delivered.stream_seq)) {
      if ((message.label.notBeforeMs ?? 0) > this.#options.clock()) continue;
      const foundMs = pass.earlier.get(message.seq) ?? pass.found.get(message.seq) ?? nowMs;
      pass.found.set(message.seq, foundMs);
      if (nowMs - foundMs >= this.#patienceMs) overdue.push(message.seq);
    }
    if (overdue.length === 0) return;
    // Every delivered message up to the floor is acknowledged: no process has to be asked.
    const unknown = new Set(overdue.filter((seq) => seq <= floor.stream_seq));
    for (const seq of await seen.unknown(overdue)) unknown.add(seq);
    for (const seq of overdue) {
      if (!unknown.has(seq)) pass.unknown.delete(seq);
      else if (!pass.unknown.has(seq)) pass.unknown.set(seq, nowMs);
    }
    for (const seq of unknown) {
      // A process that could not answer just now answers within this time, or its lease has ended by then.
      if (nowMs - (pass.unknown.get(seq) ?? nowMs) < redeliveryMs(this.#options.leaseMs)) continue;
      const there = await stored.at("live", seq);
      if (there === undefined) continue;
      const hasEnded = await settler.hasEnded(there.id, there.label);
      await (hasEnded ? stored.remove(there) : stored.move(there, "live", there.label));
    }
  }

  /** The next messages of the shard that its consumer has delivered. */
  async *#delivered(
    shard: number,
    pass: Pass,
    lastSeq: number,
  ): AsyncGenerator<StoredMessage, void, void> {
    for (let count = 0; count < maxRead; count += 1) {
      const message = await this.#parts.stored.nextOfShard(shard, pass.fromSeq);
      if (message === undefined || message.seq > lastSeq) {
        pass.fromSeq = 1;
        pass.earlier = new Map(pass.found);
        pass.found.clear();
        for (const seq of pass.unknown.keys()) {
          if (!pass.earlier.has(seq)) pass.unknown.delete(seq);
        }
        return;
      }
      yield message;
      pass.fromSeq = message.seq + 1;
    }
  }
}

function newPass(): Pass {
  return { fromSeq: 1, earlier: new Map(), found: new Map(), unknown: new Map() };
}
