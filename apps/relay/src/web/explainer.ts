import { type KeySource, keySource, type TxtResolver } from "@mailseal/dns-record";
import { explain, type Explanation } from "@mailseal/verifier/explain";

/** Explaining holds up the process, and perhaps mail: not longer than this. */
const maxMilliseconds = 300;
const atATime = 2;

/** Explains messages, a few at a time. */
export class Explainer {
  readonly #resolver: () => Promise<TxtResolver>;
  #running = 0;

  constructor(resolver: () => Promise<TxtResolver>) {
    this.#resolver = resolver;
  }

  async explain(message: Uint8Array): Promise<Explanation | "busy"> {
    if (this.#running >= atATime) return "busy";
    this.#running++;
    try {
      const keys: KeySource = keySource(await this.#resolver());
      return await explain(message, { keys, maxMilliseconds });
    } finally {
      this.#running--;
    }
  }
}
