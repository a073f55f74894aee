import type { JsMsg } from "@nats-io/jetstream";
import { joinPieces } from "../../body-pieces.ts";
import { checkRecipients } from "../../checked-message.ts";
import type { Lease, QueuedMessage, Recipient, Retry } from "../../contract.ts";
import { leaseLost, QueueError } from "../../errors.ts";
import { asked } from "../connection/server-error.ts";
import type { PendingWrites } from "../settle/pending-writes.ts";
import type { Settler } from "../settle/settle.ts";
import type { Bodies } from "../storage/bodies.ts";
import type { Framed, Label } from "../storage/framing.ts";
import type { Place } from "../storage/layout.ts";
import { described, idOf, type StoredMessages } from "../storage/stored-messages.ts";
import type { Arrival } from "./intake.ts";

/** What a lease needs of its queue. */
export interface NatsLender {
  readonly stored: StoredMessages;
  readonly bodies: Bodies;
  readonly settler: Settler;
  readonly pendingWrites: PendingWrites;
  readonly leaseMs: number;
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
  readonly #seq: number;
  readonly #framed: Framed;
  #handle: JsMsg;
  #expiresAtMs: number;
  #state: "held" | "ending" | "ended" = "held";

  constructor(lender: NatsLender, arrival: Arrival, framed: Framed) {
    this.#lender = lender;
    this.#handle = arrival.message;
    this.#seq = arrival.message.seq;
    this.#framed = framed;
    this.#expiresAtMs = arrival.arrivedMs + lender.leaseMs;
    const { label } = framed;
    const message = described(label, idOf(label, this.#seq), label.retries + 1);
    this.message = { ...message, firstSeenMs: message.firstSeenMs + lender.ahead() };
  }

  get expiresAtMs(): number {
    return this.#expiresAtMs + this.#lender.ahead();
  }

  /** Whether it is nobody else's: held, or about to be ended as soon as the servers hear of it. */
  get isOpen(): boolean {
    return this.#state === "ending" || (this.#state === "held" && !this.#hasExpired());
  }

  /** The server forgot who has it and sent it again: from now on that is what is answered. */
  adopt(handle: JsMsg): void {
    this.#handle = handle;
  }

  body(): AsyncIterable<Uint8Array> {
    return this.#lender.bodies.read(this.#framed);
  }

  bytes(): Promise<Uint8Array> {
    return joinPieces(this.body());
  }

  async done(): Promise<void> {
    if (this.#state === "held" && this.#hasExpired()) {
      // Delivered all the same: whoever has it by now may fail, and then it must not go out again.
      this.#lender.settler.note(this.message.id, this.#framed.label, this.#seq);
    }
    await this.#end(async () => undefined);
    // The copies that `retry` and `dead` make have the body still.
    await this.#lender.bodies.removeOwn(this.#framed);
  }

  async retry({ afterMs, reason, recipients }: Retry): Promise<void> {
    if (recipients !== undefined) checkRecipients(recipients);
    const notBeforeMs = this.#lender.clock() + afterMs;
    await this.#replace("live", { reason, notBeforeMs }, recipients);
  }

  async dead(reason: string, recipients?: readonly Recipient[]): Promise<void> {
    if (recipients !== undefined) checkRecipients(recipients);
    await this.#replace("dead", { reason, diedMs: this.#lender.clock() }, recipients);
  }

  /** JetStream knows one duration: that of the lease. */
  async extend(_durationMs: number): Promise<number> {
    this.#check();
    const expiresAtMs = this.#lender.clock() + this.#lender.leaseMs;
    this.#handle.working();
    await asked(this.#lender.flush());
    this.#expiresAtMs = expiresAtMs;
    return this.expiresAtMs;
  }

  async release(): Promise<void> {
    this.#check();
    this.#handle.nak();
    await asked(this.#lender.flush());
    this.#state = "ended";
  }

  /**
   * JetStream cannot change a message, and does not tell how often it was put off: a changed copy is
   * acknowledged first, and the message ended then. Killed in between, both are there, and whoever gets the
   * older one finds the other.
   */
  async #replace(
    place: Place,
    changes: Partial<Label>,
    recipients: readonly Recipient[] | undefined,
  ): Promise<void> {
    const { label, body } = this.#framed;
    const changed: Label = {
      ...label,
      ...changes,
      envelope: { ...label.envelope, ...(recipients !== undefined && { recipients }) },
      retries: label.retries + 1,
    };
    await this.#end(async () => {
      await this.#lender.stored.putCopy(place, this.message.id, { label: changed, body });
      return "replaced" as const;
    });
  }

  /**
   * What the servers do not hear now they hear as soon as they answer: until then this side remembers, and
   * keeps the message from going out again. Resolves when that is done; rejects if the lease ends before.
   */
  async #end(first: () => Promise<"replaced" | undefined>): Promise<void> {
    this.#check();
    this.#state = "ending";
    const { settler } = this.#lender;
    const run = async (): Promise<void> => {
      const replaced = await asked(first());
      await settler.end(this.message.id, this.#framed.label, () => this.#handle, replaced);
    };
    try {
      await run();
      this.#state = "ended";
    } catch (error) {
      if (!(error instanceof QueueError && error.code === "queue-unavailable")) {
        this.#state = "held";
        throw error;
      }
      const ending = this.#endLater(run);
      const left = this.#expiresAtMs - this.#lender.clock();
      if (!(await within(ending, left))) throw error;
    }
  }

  async #endLater(run: () => Promise<void>): Promise<void> {
    await this.#lender.pendingWrites.add(run);
    this.#state = "ended";
  }

  #hasExpired(): boolean {
    return this.#lender.clock() >= this.#expiresAtMs;
  }

  /** By this side's clock: the server would take an acknowledgement of what somebody else holds by now. */
  #check(): void {
    if (this.#state !== "held" || this.#hasExpired()) throw leaseLost(this.message.id);
  }
}

/** Whether it resolves in time. */
async function within(promise: Promise<void>, durationMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), Math.max(0, durationMs));
  });
  const inTime = await Promise.race([promise.then(() => true), late]);
  clearTimeout(timer);
  return inTime;
}
