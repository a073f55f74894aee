import { type RecipientParameters, type Reply, replyLine } from "@mailseal/delivery";
import type { MailContext, Processed } from "@mailseal/policy";
import type { Service } from "../service.ts";

/** Of a long list, as many as a log line has room for. */
const namedRecipients = 10;

/** What the log tells of one message, in one line. */
export class MessageRecord {
  sizeBytes = 0;
  nextHopReply: Reply | undefined;
  readonly #service: Pick<Service, "log" | "now">;
  readonly #context: MailContext;
  readonly #from: string;
  readonly #startMs: number;
  readonly #refused: string[] = [];
  #processed: Processed | undefined;
  #fault: string | undefined;

  constructor(service: Pick<Service, "log" | "now">, context: MailContext, from: string) {
    this.#service = service;
    this.#context = context;
    this.#from = from;
    this.#startMs = service.now();
  }

  processed(processed: Processed): void {
    this.#processed = processed;
  }

  refusedRecipient(address: string, reply: Reply): void {
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

  end(recipients: readonly RecipientParameters[], reply: Reply): void {
    const { log, now } = this.#service;
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
        ms: now() - this.#startMs,
        nextHop: this.nextHopReply === undefined ? undefined : replyLine(this.nextHopReply),
        reply: replyLine(reply),
        fault: this.#fault,
      },
      "message",
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
