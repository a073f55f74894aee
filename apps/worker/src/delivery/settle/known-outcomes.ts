import type { Outcome } from "../outcome.ts";

/** As many messages are remembered. */
const remembered = 10_000;

/**
 * What became of recipients for good, of messages whose settlement did not succeed or whose lease was lost: when
 * such a message is taken again here, those recipients are not served again. It lives as long as the process.
 */
export class KnownOutcomes {
  readonly #byMessage = new Map<string, readonly Outcome[]>();

  /** Until it is settled. */
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
