import { checkTake } from "../../checked-options.ts";
import type { Lease, TakeOptions } from "../../contract.ts";
import type { Tombstones } from "../settle/tombstones.ts";
import type { Framed } from "../storage/framing.ts";
import { idOf } from "../storage/stored-messages.ts";
import type { Arrival, Intake } from "./intake.ts";
import { NatsLease, type NatsLender } from "./nats-lease.ts";
import { type Selected, Selection } from "./selection.ts";

/** A take waits at least this long for the servers, even if the caller does not wait. */
const leastWaitMs = 150;
const pauseAfterFailureMs = 100;
/** When a message that could not be checked is offered again. */
const uncheckedMs = 1000;
/** The messages of one pull arrive together: after this time without a message, the pull has no more. */
const quietMs = 3;

/** Claims messages, and knows which of them are leased to this process. */
export class Claimer {
  readonly #intake: Intake;
  readonly #lender: NatsLender;
  readonly #tombstones: Tombstones;
  readonly #excludedMs: number;
  readonly #leased = new Map<number, NatsLease>();
  /** Messages up to this number existed when a server may have been killed, and may have lost the record of their end. */
  #suspectUpTo = 0;
  #closed = false;

  constructor(intake: Intake, lender: NatsLender, tombstones: Tombstones, excludedMs: number) {
    this.#intake = intake;
    this.#lender = lender;
    this.#tombstones = tombstones;
    this.#excludedMs = excludedMs;
  }

  /** Call after connecting or reconnecting; `lastSeq` is the number of the last message in the stream. */
  suspectUpTo(lastSeq: number): void {
    this.#suspectUpTo = Math.max(this.#suspectUpTo, lastSeq);
  }

  /** Whether the message with this number in the stream is leased to this process. */
  holds(seq: number): boolean {
    return this.#leased.get(seq)?.isOpen === true;
  }

  async take(batch: number, options: TakeOptions): Promise<readonly Lease[]> {
    const { signal, waitMs = 0 } = options;
    checkTake(batch, options);
    const deadline = performance.now() + Math.max(leastWaitMs, waitMs);
    if (!(await this.#hasRecalled(deadline, signal))) return [];
    for (;;) {
      const selection = new Selection(batch, options, this.#excludedMs);
      await this.#select(selection, batch, deadline, signal);
      const leases = await this.#handOut(selection.selected);
      if (leases.length > 0 || this.#isOver(deadline, signal)) return leases;
    }
  }

  /**
   * Reads the tombstones first, because the servers may have been killed just before this queue was opened. Resolves to
   * false if they do not answer in time.
   */
  async #hasRecalled(deadline: number, signal: AbortSignal | undefined): Promise<boolean> {
    for (;;) {
      try {
        await this.#tombstones.recalled();
        return true;
      } catch {
        if (this.#isOver(deadline, signal)) return false;
        await new Promise((resolve) => setTimeout(resolve, pauseAfterFailureMs));
      }
    }
  }

  /** Ends waiting takes. */
  close(): void {
    this.#closed = true;
  }

  /** Drops settled leases, whose messages are then no longer recognized. Call regularly. */
  tidy(): void {
    for (const [seq, lease] of this.#leased) if (!lease.isOpen) this.#leased.delete(seq);
  }

  #isOver(deadline: number, signal: AbortSignal | undefined): boolean {
    return this.#closed || signal?.aborted === true || performance.now() >= deadline;
  }

  async #select(
    selection: Selection,
    batch: number,
    deadline: number,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { wakeUp } = this.#intake;
    for (;;) {
      const { count } = wakeUp;
      const arrivals = this.#intake.collect().filter((arrival) => !this.#isLeased(arrival));
      this.#intake.keep(selection.add(arrivals, this.#lender.clock()));
      if (selection.full || this.#isOver(deadline, signal)) return;
      this.#intake.pull(batch);
      const some = selection.selected.length > 0;
      const leftMs = Math.max(0, deadline - performance.now());
      await wakeUp.wait(count, some ? Math.min(quietMs, leftMs) : leftMs, signal);
      if (some && wakeUp.count === count) return;
    }
  }

  /** Recognizes a message that a killed server sends again after having sent it just before. */
  #isLeased({ message }: Arrival): boolean {
    const lease = this.#leased.get(message.seq);
    if (lease?.isOpen !== true) return false;
    lease.adopt(message);
    return true;
  }

  async #handOut(selected: readonly Selected[]): Promise<readonly Lease[]> {
    const leases = await Promise.all(
      selected.map(async ({ arrival, framed }) => {
        const { message } = arrival;
        const hasEnded = await this.#hasEnded(arrival, framed).catch(() => undefined);
        if (hasEnded === undefined) {
          // No server answered: this must not fail the take, because nobody would hold the other leases.
          message.nak(uncheckedMs);
          return undefined;
        }
        if (hasEnded) {
          message.ack();
          return undefined;
        }
        const lease = new NatsLease(this.#lender, arrival, framed);
        this.#leased.set(message.seq, lease);
        return lease;
      }),
    );
    return leases.filter((lease) => lease !== undefined);
  }

  async #hasEnded({ message }: Arrival, { label }: Framed): Promise<boolean> {
    const isSuspect =
      message.seq <= this.#suspectUpTo || message.info.deliveryCount > 1 || label.recheck === true;
    return isSuspect && this.#lender.settler.hasEnded(idOf(label, message.seq), label);
  }
}
