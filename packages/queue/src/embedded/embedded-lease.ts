import { joinPieces } from "../body-pieces.ts";
import { checkRecipients, writeRecipients } from "../checked-message.ts";
import { wholeDelay } from "../checked-options.ts";
import type { Lease, QueuedMessage, Recipient, Retry } from "../contract.ts";
import { leaseLost } from "../errors.ts";
import { readBody } from "./body-reader.ts";
import { queued } from "./queued-message.ts";
import type { Run, TakenRow } from "./thread/protocol.ts";

/** The part of the queue that a lease uses. */
interface Lender {
  readonly run: Run;
  idOf(seq: number): string;
  wallMs(): number;
  /** Called when the message can be taken again. */
  onReady(): void;
}

export class EmbeddedLease implements Lease {
  readonly message: QueuedMessage;
  readonly #lender: Lender;
  readonly #bytes: Uint8Array | undefined;
  readonly #held: { readonly seq: number; readonly lease: number };
  #expiresAtMs: number;

  constructor(lender: Lender, row: TakenRow, lease: number) {
    this.#lender = lender;
    this.#bytes = row.bytes;
    this.#held = { seq: row.seq, lease };
    this.#expiresAtMs = row.dueMs;
    this.message = queued(row, lender.idOf(row.seq));
  }

  get expiresAtMs(): number {
    return this.#expiresAtMs;
  }

  async *body(): AsyncGenerator<Uint8Array, void, void> {
    if (this.#bytes !== undefined) {
      yield this.#bytes;
      return;
    }
    const { seq } = this.#held;
    yield* readBody(async (index) => {
      const piece = await this.#lender.run({ kind: "read", seq, index });
      return piece ?? this.#lost();
    });
  }

  bytes(): Promise<Uint8Array> {
    return joinPieces(this.body());
  }

  async done(): Promise<void> {
    this.#check(await this.#lender.run({ kind: "done", ...this.#held }));
  }

  async retry({ afterMs, reason, recipients }: Retry): Promise<void> {
    const remaining = {
      afterMs: wholeDelay("afterMs", afterMs),
      reason,
      recipients: stored(recipients),
    };
    this.#check(await this.#lender.run({ kind: "retry", ...this.#held, ...remaining }));
    this.#lender.onReady();
  }

  async dead(reason: string, recipients?: readonly Recipient[]): Promise<void> {
    const remaining = { reason, recipients: stored(recipients) };
    this.#check(await this.#lender.run({ kind: "dead", ...this.#held, ...remaining }));
  }

  async extend(duration: number): Promise<number> {
    const durationMs = wholeDelay("durationMs", duration);
    const expiresAtMs = this.#lender.wallMs() + durationMs;
    this.#check(await this.#lender.run({ kind: "extend", ...this.#held, durationMs }));
    this.#expiresAtMs = expiresAtMs;
    return expiresAtMs;
  }

  async release(): Promise<void> {
    this.#check(await this.#lender.run({ kind: "hand-back", ...this.#held }));
    this.#lender.onReady();
  }

  #check(held: boolean): void {
    if (!held) this.#lost();
  }

  #lost(): never {
    throw leaseLost(this.message.id);
  }
}

/** The remaining recipients as text; null leaves them unchanged. */
function stored(recipients: readonly Recipient[] | undefined): string | null {
  if (recipients === undefined) return null;
  checkRecipients(recipients);
  return writeRecipients(recipients);
}
