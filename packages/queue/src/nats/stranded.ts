import type { JetStreamManager } from "@nats-io/jetstream";
import type { Ender } from "./ender.ts";
import { type Ending, type Endings, isSame } from "./endings.ts";
import type { Layout } from "./layout.ts";
import type { CheckedNatsOptions } from "./options.ts";
import { asked } from "./server-error.ts";
import type { Shelf, Shelved } from "./shelf.ts";
import type { Sightings } from "./sightings.ts";
import { redeliveryMs } from "./streams.ts";

/** A look reads messages one by one: so many of a shard, and the next look goes on. */
const maxRead = 500;
const atOnce = 100;
/** What nobody has in hand comes again after so many leases at the latest. */
const leases = 3;

export interface StrandedParts {
  readonly manager: JetStreamManager;
  readonly layout: Layout;
  readonly shelf: Shelf;
  readonly endings: Endings;
  readonly ender: Ender;
  readonly sightings: Sightings;
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
export class Stranded {
  readonly #parts: StrandedParts;
  readonly #options: CheckedNatsOptions;
  readonly #passes: readonly Pass[];
  #turnedMs = performance.now();
  #hasSwept = false;
  #looking = false;

  constructor(parts: StrandedParts, options: CheckedNatsOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#passes = Array.from({ length: options.shards }, newPass);
  }

  /** Removes of these, from `Endings.recall`, what is there again. To be called when the servers were away. */
  async sweep(endings: readonly Ending[]): Promise<void> {
    const { shelf } = this.#parts;
    for (let start = 0; start < endings.length; start += atOnce) {
      // One at a time, so that the servers see no burst of requests.
      await Promise.all(
        endings.slice(start, start + atOnce).map(async (ending) => {
          const there = await shelf.at("live", ending.seq);
          if (there?.id === ending.id && isSame(ending, there.label)) await shelf.remove(there);
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
      if (!this.#hasSwept) await this.sweep(await this.#parts.endings.recalled());
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
    this.#parts.sightings.turn();
  }

  async #lookAt(shard: number, pass: Pass): Promise<void> {
    const { ender, shelf, sightings, manager, layout } = this.#parts;
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
    for (const seq of await sightings.unknown(overdue)) unknown.add(seq);
    for (const seq of overdue) {
      if (!unknown.has(seq)) pass.unknown.delete(seq);
      else if (!pass.unknown.has(seq)) pass.unknown.set(seq, nowMs);
    }
    for (const seq of unknown) {
      // Whoever could not answer just now has lost it by then, or answers.
      if (nowMs - (pass.unknown.get(seq) ?? nowMs) < redeliveryMs(this.#options.leaseMs)) continue;
      const there = await shelf.at("live", seq);
      if (there === undefined) continue;
      const hasEnded = await ender.hasEnded(there.id, there.label);
      await (hasEnded ? shelf.remove(there) : shelf.move(there, "live", there.label));
    }
  }

  /** The next ones that its consumer has delivered. */
  async *#delivered(
    shard: number,
    pass: Pass,
    lastSeq: number,
  ): AsyncGenerator<Shelved, void, void> {
    for (let count = 0; count < maxRead; count += 1) {
      const message = await this.#parts.shelf.nextOfShard(shard, pass.fromSeq);
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
