import type { StoredMsg } from "@nats-io/jetstream";
import type { Label } from "./framing.ts";
import { keyOf } from "./layout.ts";
import { asked } from "./server-error.ts";
import type { Servers } from "./servers.ts";

/** Which message it was, and up to which of its copies. */
export interface Ending {
  readonly id: string;
  readonly nonce: string;
  readonly generation: number;
  readonly seq: number;
}

/** Whether what has this label, under the same id, has ended by it. */
export function isSame({ nonce, generation }: Ending, label: EndedLabel): boolean {
  return nonce === (label.nonce ?? "") && generation >= (label.generation ?? 0);
}

type EndedLabel = Pick<Label, "nonce" | "generation">;

/**
 * Remembers what was ended. A server that is killed can forget for some seconds back that messages were removed
 * or in hand, and hands them out again: whoever gets one looks here before it is delivered a second time.
 */
export class Endings {
  readonly #servers: Servers;

  constructor(servers: Servers) {
    this.#servers = servers;
  }

  /** Resolves when the servers know that this message, and every earlier copy of it, has ended; `seq` is its number in the stream. */
  async record(id: string, { nonce = "", generation = 0 }: EndedLabel, seq: number): Promise<void> {
    await asked(
      this.#servers.client.publish(
        this.#servers.layout.ending(id),
        `${generation} ${seq} ${nonce}`,
        {
          timeout: this.#servers.timeoutMs,
        },
      ),
    );
  }

  /** Whether a message was ended, as far back as is remembered. */
  async has(id: string, label: EndedLabel): Promise<boolean> {
    const last = await asked(
      this.#servers.manager.direct.getMessage(this.#servers.layout.ended, {
        last_by_subj: this.#servers.layout.ending(id),
      }),
    );
    return last !== null && isSame(parsed(last), label);
  }

  /**
   * The latest ones, batch by batch. By their numbers: a server that was killed can have lost its index of
   * subjects (seen with 2.9).
   */
  async *latest(count: number): AsyncGenerator<readonly Ending[], void, void> {
    const { state } = await asked(this.#servers.manager.streams.info(this.#servers.layout.ended));
    const first = Math.max(1, state.first_seq, state.last_seq - count + 1);
    for (let start = first; start <= state.last_seq; start += batch) {
      const numbers = Array.from(
        { length: Math.min(batch, state.last_seq - start + 1) },
        (_, index) => start + index,
      );
      // oxlint-disable-next-line no-await-in-loop -- a batch at a time
      const found = await asked(
        Promise.all(
          numbers.map((seq) =>
            this.#servers.manager.direct.getMessage(this.#servers.layout.ended, { seq }),
          ),
        ),
      );
      yield found.filter((stored) => stored !== null).map(parsed);
    }
  }
}

/** Read at a time. */
const batch = 100;

function parsed(stored: StoredMsg): Ending {
  const [generation, seq, nonce = ""] = stored.string().split(" ");
  return { id: keyOf(stored.subject), generation: Number(generation), seq: Number(seq), nonce };
}
