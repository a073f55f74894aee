import { joinPieces } from "../body-pieces.ts";
import { checkRecipients } from "../checked-message.ts";
import type { Lease, QueuedMessage, Recipient, Retry } from "../contract.ts";
import { leaseLost } from "../lease-lost.ts";
import type { Bodies } from "./bodies.ts";
import type { Framed, Label } from "./framing.ts";
import type { Arrival } from "./intake.ts";
import type { Place } from "./layout.ts";
import { asked } from "./server-error.ts";
import { described, idOf, type Shelf } from "./shelf.ts";

/** What a lease needs of its queue. */
export interface NatsLender {
  readonly shelf: Shelf;
  readonly bodies: Bodies;
  readonly leaseMs: number;
  readonly timeoutMs: number;
  /** The server's, milliseconds. */
  clock(): number;
  /** By how much the wall clock here is ahead of it. */
  ahead(): number;
  /** Resolves when the server has everything that was sent. */
  flush(): Promise<void>;
}

export class NatsLease implements Lease {
  readonly message: QueuedMessage;
  readonly #lender: NatsLender;
  readonly #arrival: Arrival;
  readonly #framed: Framed;
  #expiresAtMs: number;
  #settled = false;

  constructor(lender: NatsLender, arrival: Arrival, framed: Framed) {
    this.#lender = lender;
    this.#arrival = arrival;
    this.#framed = framed;
    this.#expiresAtMs = arrival.arrivedMs + lender.leaseMs;
    const { label } = framed;
    const message = described(label, idOf(label, arrival.message.seq), label.retries + 1);
    this.message = { ...message, firstSeenMs: message.firstSeenMs + lender.ahead() };
  }

  get expiresAtMs(): number {
    return this.#expiresAtMs + this.#lender.ahead();
  }

  body(): AsyncIterable<Uint8Array> {
    return this.#lender.bodies.read(this.#framed);
  }

  bytes(): Promise<Uint8Array> {
    return joinPieces(this.body());
  }

  async done(): Promise<void> {
    await this.#settle(() => this.#acknowledge());
    await this.#lender.bodies.remove(this.#framed);
  }

  async retry({ afterMs, reason, recipients }: Retry): Promise<void> {
    if (recipients !== undefined) checkRecipients(recipients);
    const { label } = this.#framed;
    await this.#replace("live", {
      ...label,
      envelope: { ...label.envelope, ...(recipients !== undefined && { recipients }) },
      retries: label.retries + 1,
      reason,
      notBeforeMs: this.#lender.clock() + afterMs,
    });
  }

  async dead(reason: string, recipients?: readonly Recipient[]): Promise<void> {
    if (recipients !== undefined) checkRecipients(recipients);
    const { label } = this.#framed;
    const diedMs = this.#lender.clock();
    const envelope = { ...label.envelope, ...(recipients !== undefined && { recipients }) };
    await this.#replace("dead", { ...label, envelope, retries: label.retries + 1, reason, diedMs });
  }

  /** JetStream knows one duration: that of the lease. */
  async extend(_durationMs: number): Promise<number> {
    this.#check();
    const expiresAtMs = this.#lender.clock() + this.#lender.leaseMs;
    this.#arrival.message.working();
    await asked(this.#lender.flush());
    this.#expiresAtMs = expiresAtMs;
    return this.expiresAtMs;
  }

  async release(): Promise<void> {
    await this.#settle(async () => {
      this.#arrival.message.nak();
      await this.#lender.flush();
    });
  }

  /**
   * JetStream cannot change a message, and does not tell how often it was put off: a changed copy is
   * acknowledged first, and the message removed then. Killed in between, both are there.
   */
  async #replace(place: Place, label: Label): Promise<void> {
    const { shelf } = this.#lender;
    const { seq, info } = this.#arrival.message;
    await this.#settle(async () => {
      const copy = { label, body: this.#framed.body };
      await shelf.putCopy(place, this.message.id, copy, `${seq} ${info.deliveryCount}`);
      await this.#acknowledge();
    });
  }

  async #acknowledge(): Promise<void> {
    await this.#arrival.message.ackAck({ timeout: this.#lender.timeoutMs });
  }

  async #settle(how: () => Promise<void>): Promise<void> {
    this.#check();
    await asked(how());
    this.#settled = true;
  }

  /** By this side's clock: the server would take an acknowledgement of what somebody else holds by now. */
  #check(): void {
    if (this.#settled || this.#lender.clock() >= this.#expiresAtMs)
      throw leaseLost(this.message.id);
  }
}
