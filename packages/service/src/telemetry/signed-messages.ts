import type { Processed } from "@mailseal/policy";
import type { SigningEvent, Statistics } from "@mailseal/stats";

type Signed = Extract<SigningEvent, { readonly outcome: "signed" }>;

/** What became of a message after it was signed. */
export type Answered = "accepted" | "deferred" | "rejected";

/**
 * Messages that were signed and have no answer yet. One that the next hop does not take is not counted as signed: it
 * comes again, and would be counted each time.
 */
export class SignedMessages {
  readonly #statistics: Statistics;
  readonly #waiting = new WeakMap<Processed, Signed>();

  constructor(statistics: Statistics) {
    this.#statistics = statistics;
  }

  hold(processed: Processed, event: Signed): void {
    this.#waiting.set(processed, event);
  }

  /** Counts it, once; nothing where it was not signed. */
  settle(processed: Processed, answered: Answered): void {
    const event = this.#waiting.get(processed);
    if (event === undefined) return;
    this.#waiting.delete(processed);
    const { signatures: _made, ...rest } = event;
    this.#statistics.recordSigning(
      answered === "accepted"
        ? event
        : { ...rest, outcome: "refused", reason: `${answered}-after-signing` },
    );
  }
}
