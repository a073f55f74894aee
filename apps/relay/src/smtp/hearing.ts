import type { Receipt } from "@mailseal/queue";

/**
 * Which clients have shown that they know of our 250 for a message. One whose connection ends without a word
 * after it may send the message again: then it is in the queue already.
 */
export class Hearing<Session extends object> {
  readonly #waiting = new Map<Session, Receipt>();
  readonly #ended = new WeakSet<Session>();

  /** To be called before the 250 is written: a client that is fast answers at once. */
  answered(session: Session, receipt: Receipt): void {
    this.#waiting.set(session, receipt);
    if (this.#ended.has(session)) this.ended(session);
  }

  /** Whatever it is that the client sends. */
  spoke(session: Session): void {
    const receipt = this.#waiting.get(session);
    if (receipt === undefined) return;
    this.#waiting.delete(session);
    receipt.heard();
  }

  ended(session: Session): void {
    this.#ended.add(session);
    const receipt = this.#waiting.get(session);
    if (receipt === undefined) return;
    this.#waiting.delete(session);
    // Where the queue does not take it the message may come twice, as it would without all this.
    receipt.unheard().catch(() => undefined);
  }
}
