import { type RecipientParameters, type Reply, replyLine } from "@mailseal/delivery";
import type { MailContext, Processed } from "@mailseal/policy";
import { answeredWith } from "@mailseal/service";
import type { Generation } from "../generation.ts";

/** Of a long list, as many as a log line has room for. */
const namedRecipients = 10;

type Recipient = Pick<RecipientParameters, "address">;
type Told = Pick<Generation, "log" | "elapsedMs" | "traffic">;

/** What the log tells of one message, in one line; statistics are told its end. */
export class MessageRecord {
  sizeBytes = 0;
  nextHopReply: Reply | undefined;
  /** The queue id that it was accepted under before. */
  sentAgain: string | undefined;
  readonly #generation: Told;
  readonly #frontEnd: "smtp" | "milter";
  readonly #context: MailContext;
  readonly #from: string;
  readonly #startMs: number;
  readonly #refused: string[] = [];
  #processed: Processed | undefined;
  #fault: string | undefined;
  #lastRefusal: Reply | undefined;
  #isTold = false;

  constructor(
    generation: Told,
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

  /** What went wrong behind the reply, with its causes. */
  fault(error: unknown): void {
    const reasons: string[] = [];
    for (let cause = error; cause instanceof Error && reasons.length < 4; cause = cause.cause) {
      reasons.push(cause.message);
    }
    this.#fault = reasons.length === 0 ? this.#fault : reasons.join(": ");
  }

  /** Why it is not treated as other mail. */
  note(reason: string): void {
    this.#fault = reason;
  }

  /** Nobody was left to send a message to: one line where recipients were refused and `end` has told nothing. */
  endWithoutRecipients(): void {
    if (!this.#isTold && this.#lastRefusal !== undefined) {
      this.#tell("all recipients refused", [], this.#lastRefusal);
    }
  }

  /** Without a reply the answer is somebody else's: beside a mail server, that server's. */
  end(recipients: readonly Recipient[], reply?: Reply): void {
    const { traffic } = this.#generation;
    traffic.answered(this.#frontEnd, reply, this.#elapsedMs());
    if (this.#processed !== undefined) traffic.settled(this.#processed, answeredWith(reply));
    this.#tell("message", recipients, reply);
  }

  #elapsedMs(): number {
    return Math.round(this.#generation.elapsedMs() - this.#startMs);
  }

  #tell(what: string, recipients: readonly Recipient[], reply: Reply | undefined): void {
    this.#isTold = true;
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
