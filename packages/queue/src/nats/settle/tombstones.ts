import type { StoredMsg } from "@nats-io/jetstream";
import { asked } from "../connection/server-error.ts";
import type { Servers } from "../connection/servers.ts";
import type { Label } from "../storage/framing.ts";
import { keyOf } from "../storage/layout.ts";
import type { Reserve } from "../storage/reserve.ts";

/** Which message it was, and up to which of its copies. */
export interface Tombstone {
  readonly id: string;
  readonly nonce: string;
  readonly generation: number;
  readonly seq: number;
}

/** Whether what has this label, under the same id, has ended by it. */
export function isSame({ nonce, generation }: Tombstone, label: EndedLabel): boolean {
  return nonce === (label.nonce ?? "") && generation >= (label.generation ?? 0);
}

type EndedLabel = Pick<Label, "nonce" | "generation">;

/**
 * Remembers what was ended. A server that is killed can forget for some seconds back that messages were removed
 * or in hand, and hands them out again: whoever gets one looks here before it is delivered a second time.
 */
export class Tombstones {
  readonly #servers: Servers;
  readonly #reserve: Reserve;
  #recall: Promise<readonly Tombstone[]> | undefined;
  /** Those that were recalled. */
  #byId: ReadonlyMap<string, Tombstone> = new Map();

  constructor(servers: Servers, reserve: Reserve) {
    this.#servers = servers;
    this.#reserve = reserve;
  }

  /** Resolves when the servers know that this message, and every earlier copy of it, has ended; `seq` is its number in the stream. */
  async record(id: string, { nonce = "", generation = 0 }: EndedLabel, seq: number): Promise<void> {
    const { client, layout, timeoutMs } = this.#servers;
    const note = `${generation} ${seq} ${nonce}`;
    await this.#reserve.settle(() =>
      asked(client.publish(layout.ending(id), note, { timeout: timeoutMs })),
    );
  }

  /** Whether a message was ended, as far back as is remembered. */
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
   * Reads the latest ones, and returns them. By their numbers: a server that was killed can have lost its index of
   * subjects (seen with 2.9), and then `has` finds only what was recalled. To be called when the servers were away.
   */
  recall(): Promise<readonly Tombstone[]> {
    const recall = this.#readLatest();
    this.#recall = recall;
    recall.catch(() => {
      if (this.#recall === recall) this.#recall = undefined;
    });
    return recall;
  }

  /** What was recalled last; reads it if nothing was. To be called before anything is taken. */
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

/** Ends that a killed server may have lost the index of: some seconds of a busy queue. */
const maxForgotten = 10_000;
/** Read at a time. */
const batch = 100;

function parsed(stored: StoredMsg): Tombstone {
  const [generation, seq, nonce = ""] = stored.string().split(" ");
  return { id: keyOf(stored.subject), generation: Number(generation), seq: Number(seq), nonce };
}
