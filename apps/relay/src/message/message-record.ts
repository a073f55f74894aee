import { type RecipientParameters, type Reply, replyLine } from "@mailseal/delivery";
import type { MailContext, Processed } from "@mailseal/policy";
import { answeredWith } from "@mailseal/service";
import type { Generation } from "../generation.ts";

/** The most recipients that a log line names. */
const namedRecipients = 10;

type Recipient = Pick<RecipientParameters, "address">;
type Observers = Pick<Generation, "log" | "elapsedMs" | "traffic">;

/** Collects what one message's log line reports, writes the line, and counts the result in the statistics. */
export class MessageRecord {
  sizeBytes = 0;
  nextHopReply: Reply | undefined;
  /** The queue id that it was accepted under before. */
  sentAgain: string | undefined;
  readonly #generation: Observers;
  readonly #frontEnd: "smtp" | "milter";
  readonly #context: MailContext;
  readonly #from: string;
  readonly #startMs: number;
  readonly #refused: string[] = [];
  #processed: Processed | undefined;
  #fault: string | undefined;
  #lastRefusal: Reply | undefined;
  #isLogged = false;

  constructor(
    generation: Observers,
    frontEnd: "smtp" | "milter",
    context: MailContext,
    from: string,
    startMs: number = generation.elapsedMs(),
  ) {
    this.#generation = generation;
    this.#frontEnd = frontEnd;
    this.#context = context;
    this.#from = from;
    this.#startMs = startMs;
  }

  processed(processed: Processed): void {
    this.#processed = processed;
  }

  refusedRecipient(address: string, reply: Reply): void {
    this.#lastRefusal = reply;
    if (this.#refused.length < namedRecipients) {
      this.#refused.push(`${address}: ${replyLine(reply)}`);
    }
  }

  /** The error behind the reply, with its causes. */
  fault(error: unknown): void {
    const reasons: string[] = [];
    for (let cause = error; cause instanceof Error && reasons.length < 4; cause = cause.cause) {
      reasons.push(cause.message);
    }
    this.#fault = reasons.length === 0 ? this.#fault : reasons.join(": ");
  }

  /** The reason why the message is treated differently from other mail. */
  note(reason: string): void {
    this.#fault = reason;
  }

  /** The transaction ended without recipients. Logs a line if some were refused and `end` was not called. */
  endWithoutRecipients(): void {
    if (!this.#isLogged && this.#lastRefusal !== undefined) {
      this.#log("all recipients refused", [], this.#lastRefusal);
    }
  }

  /** Logs and counts the result. Without a reply, another program answers the client: the MTA of a milter. */
  end(recipients: readonly Recipient[], reply?: Reply): void {
    const { traffic } = this.#generation;
    traffic.answered(this.#frontEnd, reply, this.#elapsedMs());
    if (this.#processed !== undefined) traffic.settled(this.#processed, answeredWith(reply));
    this.#log("message", recipients, reply);
  }

  #elapsedMs(): number {
    return Math.round(this.#generation.elapsedMs() - this.#startMs);
  }

  #log(what: string, recipients: readonly Recipient[], reply: Reply | undefined): void {
    this.#isLogged = true;
    const { log } = this.#generation;
    const { queueId, listener, direction, remoteAddress, authUser } = this.#context;
    const processed = this.#processed;
    log.info(
      {
        queueId,
        listener,
        direction,
        client: remoteAddress,
        user: authUser,
        from: this.#from,
        to: recipients.slice(0, namedRecipients).map(({ address }) => address),
        recipients: recipients.length,
        refused: this.#refused.length === 0 ? undefined : this.#refused,
        size: this.sizeBytes,
        binding: processed?.binding,
        fromDomain: processed?.fromDomain,
        ...(processed === undefined ? {} : resultOf(processed)),
        ms: this.#elapsedMs(),
        sentAgain: this.sentAgain,
        nextHop: this.nextHopReply === undefined ? undefined : replyLine(this.nextHopReply),
        reply: reply === undefined ? undefined : replyLine(reply),
        fault: this.#fault,
      },
      what,
    );
  }
}

function resultOf(processed: Processed): Record<string, unknown> {
  const { signatures, skipped, report, disposition } = processed;
  return {
    domain: joined(signatures.map(({ domain }) => domain)),
    selector: joined(signatures.map(({ selector }) => selector)),
    result:
      signatures.length > 0
        ? "signed"
        : report === undefined
          ? `not signed: ${skipped ?? "unknown"}`
          : (joined(report.signatures.map((it) => `${it.domain ?? "?"}=${it.result}`)) ?? "none"),
    disposition: disposition.action,
  };
}

function joined(texts: readonly string[]): string | undefined {
  return texts.length === 0 ? undefined : texts.join(",");
}
