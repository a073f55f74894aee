import { NewestEntries } from "../../newest-entries.ts";
import type { Outcome } from "../outcome.ts";

/** The maximum number of messages to remember. */
const maximumKnown = 10_000;

/**
 * Remembers the final outcomes of recipients until their message is settled. If that fails or the lease is lost, and
 * this process claims the message again, it does not deliver to those recipients a second time.
 */
export class KnownOutcomes {
  /** Some are never settled here, because another worker claims the message: the oldest make room for new ones. */
  readonly #byMessage: NewestEntries<readonly Outcome[]>;

  constructor(maximum: number = maximumKnown) {
    this.#byMessage = new NewestEntries(maximum);
  }

  /** Call it before the message is settled. */
  remember(id: string, outcomes: readonly Outcome[]): void {
    const final = outcomes.filter(({ outcome }) => outcome !== "deferred");
    if (final.length > 0) this.#byMessage.set(id, final);
  }

  forget(id: string): void {
    this.#byMessage.delete(id);
  }

  /** The final outcomes of a message, by recipient address. */
  of(id: string): ReadonlyMap<string, Outcome> {
    return new Map(this.#byMessage.get(id)?.map((it) => [it.recipient.address, it]));
  }
}
