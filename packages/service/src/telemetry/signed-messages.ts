import type { Processed } from "@mailseal/policy";
import type { SigningEvent, Statistics } from "@mailseal/stats";

type Signed = Extract<SigningEvent, { readonly outcome: "signed" }>;

/** The answer to a message after it was signed. */
export type Answered = "accepted" | "deferred" | "rejected";

/**
 * Signed messages that have no answer yet. A message that the next hop refuses is not counted as signed, because its
 * retries would count it again.
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

  /** Counts a message once, if it was signed. */
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
