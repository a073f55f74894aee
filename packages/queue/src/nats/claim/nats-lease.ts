import type { JsMsg } from "@nats-io/jetstream";
import { joinPieces } from "../../body-pieces.ts";
import { checkRecipients } from "../../checked-message.ts";
import { wholeDelay } from "../../checked-options.ts";
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

/** The part of the queue that a lease uses. */
export interface NatsLender {
  readonly stored: StoredMessages;
  readonly bodies: Bodies;
  readonly settler: Settler;
  readonly pendingWrites: PendingWrites;
  readonly leaseMs: number;
  /** The server's clock, in milliseconds. */
  clock(): number;
  /** How many milliseconds the wall clock of this machine is ahead of the server's. */
  ahead(): number;
  /** Resolves when the server has received everything that was sent. */
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

  /** Whether this process still owns the message: it is leased here, or waits for the servers to record its end. */
  get isOpen(): boolean {
    return this.#state === "ending" || (this.#state === "held" && !this.#hasExpired());
  }

  /** The server lost the lease and sent the message again: acknowledgements refer to the new delivery from now on. */
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
      // The mail was delivered all the same: if the process that holds the message now fails, it must not go out again.
      this.#lender.settler.recordUnawaited(this.message.id, this.#framed.label, this.#seq);
    }
    await this.#end(async () => undefined);
    // The copies that `retry` and `dead` make keep the body.
    await this.#lender.bodies.removeOwn(this.#framed);
  }

  async retry({ afterMs, reason, recipients }: Retry): Promise<void> {
    if (recipients !== undefined) checkRecipients(recipients);
    const notBeforeMs = this.#lender.clock() + wholeDelay("afterMs", afterMs);
    await this.#replace("live", { reason, notBeforeMs }, recipients);
  }

  async dead(reason: string, recipients?: readonly Recipient[]): Promise<void> {
    if (recipients !== undefined) checkRecipients(recipients);
    await this.#replace("dead", { reason, diedMs: this.#lender.clock() }, recipients);
  }

  /** JetStream can extend only by the lease duration. */
  async extend(durationMs: number): Promise<number> {
    wholeDelay("durationMs", durationMs);
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
   * JetStream can neither change a message nor report how often it was deferred. So a changed copy is stored first, and
   * the message is settled after that. If the process is killed in between, both exist, and a process that receives the
   * older one finds the copy.
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
   * Repeats a write until the servers answer. Until then this process remembers it, and keeps the message from being
   * delivered again. Resolves when the write has succeeded; rejects if the lease ends or the queue is closed before.
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
    try {
      await this.#lender.pendingWrites.add(run);
    } finally {
      this.#state = "ended";
    }
  }

  #hasExpired(): boolean {
    return this.#lender.clock() >= this.#expiresAtMs;
  }

  /** Checked by the local clock: the server would accept the acknowledgement of a message that another process holds by now. */
  #check(): void {
    if (this.#state !== "held" || this.#hasExpired()) throw leaseLost(this.message.id);
  }
}

/** Whether the promise resolves in time. */
async function within(promise: Promise<void>, durationMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), Math.max(0, durationMs));
  });
  const inTime = await Promise.race([promise.then(() => true), late]);
  clearTimeout(timer);
  return inTime;
}
