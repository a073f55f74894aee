import type { JetStreamManager } from "@nats-io/jetstream";
import { asked } from "../connection/server-error.ts";
import type { CheckedNatsOptions } from "../options.ts";
import type { Settler } from "../settle/settle.ts";
import { type Tombstone, type Tombstones, isSame } from "../settle/tombstones.ts";
import type { Layout } from "../storage/layout.ts";
import type { StoredMessages, StoredMessage } from "../storage/stored-messages.ts";
import { redeliveryMs } from "../storage/streams.ts";
import type { SeenMessages } from "./seen-messages.ts";

/** A look reads messages one by one: so many of a shard, and the next look goes on. */
const maxRead = 500;
const atOnce = 100;
/** What nobody has in hand comes again after so many leases at the latest. */
const leases = 3;

export interface OrphansParts {
  readonly manager: JetStreamManager;
  readonly layout: Layout;
  readonly stored: StoredMessages;
  readonly tombstones: Tombstones;
  readonly settler: Settler;
  readonly seen: SeenMessages;
}

/** Where a look is, in a shard. */
interface Pass {
  /** Where the next look goes on. */
  fromSeq: number;
  /** When each message that is due was found first, of the pass before and of this one. */
  earlier: ReadonlyMap<number, number>;
  readonly found: Map<number, number>;
  /** Since when nobody knows each. */
  readonly unknown: Map<number, number>;
}

/**
 * Finds messages that are in the stream and that no consumer will ever deliver. A server that is killed can
 * forget that it removed a message, while its consumer knows that it was acknowledged; and a consumer can
 * wait for ever for messages that are gone (both seen with nats-server 2.9), so that its counts prove nothing.
 * One is stranded that was delivered, is due, and that no process of the queue has in hand or has seen for some
 * leases, however often they are asked for another one. If it has ended it is removed; otherwise nobody can tell
 * whether it was delivered, and a copy takes its place: at least once.
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

  /** Removes of these, from `Tombstones.recall`, what is there again. To be called when the servers were away. */
  async sweep(tombstones: readonly Tombstone[]): Promise<void> {
    const { stored } = this.#parts;
    for (let start = 0; start < tombstones.length; start += atOnce) {
      // One at a time, so that the servers see no burst of requests.
      await Promise.all(
        tombstones.slice(start, start + atOnce).map(async (ending) => {
          const there = await stored.at("live", ending.seq);
          if (there?.id === ending.id && isSame(ending, there.label)) await stored.remove(there);
        }),
      );
    }
    this.#hasSwept = true;
  }

  /** To be called every few seconds. Rejects with "queue-unavailable" where no server answers. */
  async look(): Promise<void> {
    // One at a time: the next begins where this one ends.
    if (this.#looking) return;
    this.#looking = true;
    try {
      this.#turn();
      if (!this.#hasSwept) await this.sweep(await this.#parts.tombstones.recalled());
      for (const [shard, pass] of this.#passes.entries()) {
        // One at a time: nothing waits for this, and the servers see no burst of requests.
        await this.#lookAt(shard, pass);
      }
    } finally {
      this.#looking = false;
    }
  }

  get #patienceMs(): number {
    return leases * redeliveryMs(this.#options.leaseMs);
  }

  /** Two periods together are longer than the patience. */
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
    // Up to the floor all that was delivered is acknowledged: nobody has to be asked.
    const unknown = new Set(overdue.filter((seq) => seq <= floor.stream_seq));
    for (const seq of await seen.unknown(overdue)) unknown.add(seq);
    for (const seq of overdue) {
      if (!unknown.has(seq)) pass.unknown.delete(seq);
      else if (!pass.unknown.has(seq)) pass.unknown.set(seq, nowMs);
    }
    for (const seq of unknown) {
      // Whoever could not answer just now has lost it by then, or answers.
      if (nowMs - (pass.unknown.get(seq) ?? nowMs) < redeliveryMs(this.#options.leaseMs)) continue;
      const there = await stored.at("live", seq);
      if (there === undefined) continue;
      const hasEnded = await settler.hasEnded(there.id, there.label);
      await (hasEnded ? stored.remove(there) : stored.move(there, "live", there.label));
    }
  }

  /** The next ones that its consumer has delivered. */
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
