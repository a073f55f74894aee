import type { Outcome } from "../outcome.ts";

/** The maximum number of messages to remember. */
const remembered = 10_000;

/**
 * Remembers final outcomes of recipients while their message is not settled: if settling failed or the lease was lost,
 * and this process takes the message again, those recipients are not delivered to a second time.
 */
export class KnownOutcomes {
  readonly #byMessage = new Map<string, readonly Outcome[]>();

  /** To be called before the message is settled. */
  remember(id: string, outcomes: readonly Outcome[]): void {
    const final = outcomes.filter(({ outcome }) => outcome !== "deferred");
    if (final.length === 0 || this.#byMessage.size >= remembered) {
      return;
    }
    this.#byMessage.set(id, final);
  }

  forget(id: string): void {
    this.#byMessage.delete(id);
  }

  /** By address. */
  of(id: string): ReadonlyMap<string, Outcome> {
    return new Map(this.#byMessage.get(id)?.map((it) => [it.recipient.address, it]));
  }
}
