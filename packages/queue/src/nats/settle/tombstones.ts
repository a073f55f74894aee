import type { StoredMsg } from "@nats-io/jetstream";
import { asked } from "../connection/server-error.ts";
import type { Servers } from "../connection/servers.ts";
import type { Label } from "../storage/framing.ts";
import { keyOf } from "../storage/layout.ts";
import type { Reserve } from "../storage/reserve.ts";

/** Identifies a settled message and its latest copy. */
export interface Tombstone {
  readonly id: string;
  readonly nonce: string;
  readonly generation: number;
  readonly seq: number;
}

/** Whether this tombstone covers the message with this label and the same id. */
export function isSame({ nonce, generation }: Tombstone, label: EndedLabel): boolean {
  return nonce === (label.nonce ?? "") && generation >= (label.generation ?? 0);
}

type EndedLabel = Pick<Label, "nonce" | "generation">;

/**
 * Records settled messages. A killed server can lose the last seconds of removals and leases, and then delivers those
 * messages again: a process that receives one checks here first, so that no mail is delivered twice.
 */
export class Tombstones {
  readonly #servers: Servers;
  readonly #reserve: Reserve;
  #recall: Promise<readonly Tombstone[]> | undefined;
  /** The tombstones read by `recall`. */
  #byId: ReadonlyMap<string, Tombstone> = new Map();

  constructor(servers: Servers, reserve: Reserve) {
    this.#servers = servers;
    this.#reserve = reserve;
  }

  /** Resolves when the servers have recorded that this message and its earlier copies are settled; `seq` is its number in the stream. */
  async record(id: string, { nonce = "", generation = 0 }: EndedLabel, seq: number): Promise<void> {
    const { client, layout, timeoutMs } = this.#servers;
    const note = `${generation} ${seq} ${nonce}`;
    await this.#reserve.settle(() =>
      asked(client.publish(layout.ending(id), note, { timeout: timeoutMs })),
    );
  }

  /** Whether a message has been settled, as far back as tombstones are kept. */
  async has(id: string, label: EndedLabel): Promise<boolean> {
    const recalled = this.#byId.get(id);
    if (recalled !== undefined && isSame(recalled, label)) return true;
    const last = await asked(
      this.#servers.manager.direct.getMessage(this.#servers.layout.ended, {
        last_by_subj: this.#servers.layout.ending(id),
      }),
    );
    return last !== null && isSame(parsed(last), label);
  }

  /**
   * Reads and returns the latest tombstones, by number: a killed server can have lost its index of subjects (seen with
   * 2.9), and then `has` finds only the recalled ones. Call after the connection was lost.
   */
  recall(): Promise<readonly Tombstone[]> {
    const recall = this.#readLatest();
    this.#recall = recall;
    recall.catch(() => {
      if (this.#recall === recall) this.#recall = undefined;
    });
    return recall;
  }

  /** The tombstones recalled last; recalls them if none were. Call before the first take. */
  recalled(): Promise<readonly Tombstone[]> {
    return this.#recall ?? this.recall();
  }

  async #readLatest(): Promise<readonly Tombstone[]> {
    const { manager, layout } = this.#servers;
    const { state } = await asked(manager.streams.info(layout.ended));
    const recalled = new Map<string, Tombstone>();
    const first = Math.max(1, state.first_seq, state.last_seq - maxForgotten + 1);
    for (let start = first; start <= state.last_seq; start += batch) {
      const numbers = Array.from(
        { length: Math.min(batch, state.last_seq - start + 1) },
        (_, index) => start + index,
      );
      const found = await asked(
        Promise.all(numbers.map((seq) => manager.direct.getMessage(layout.ended, { seq }))),
      );
      for (const stored of found) {
        if (stored === null) continue;
        const ending = parsed(stored);
        recalled.set(ending.id, ending);
      }
    }
    this.#byId = recalled;
    return [...recalled.values()];
  }
}

/** The number of tombstones that a killed server may have lost from its index: some seconds of a busy queue. */
const maxForgotten = 10_000;
/** The number of tombstones read at a time. */
const batch = 100;

function parsed(stored: StoredMsg): Tombstone {
  const [generation, seq, nonce = ""] = stored.string().split(" ");
  return { id: keyOf(stored.subject), generation: Number(generation), seq: Number(seq), nonce };
}
