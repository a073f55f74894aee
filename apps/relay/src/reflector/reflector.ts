import type { Config } from "@mailseal/config";
import {
  TransientDeliveryError,
  isPositive,
  NextHopTransaction,
  refusal,
  type Reply,
  type NextHopPools,
} from "@mailseal/delivery";
import {
  type Pipeline,
  type Processed,
  type StoredMessage,
  changedMessage,
} from "@mailseal/policy";
import { fieldValue, isAutomaticMail, type Message } from "@mailseal/syntax";
import { verdictMail } from "./verdict-mail.ts";

export interface ReflectorSetup {
  readonly options: NonNullable<Config["reflector"]>;
  readonly defaultBinding: string | undefined;
  readonly hostname: string;
  readonly pipeline: Pipeline;
  readonly nextHops: NextHopPools;
  /** Unix time in milliseconds. */
  readonly now: () => number;
  /** A monotonic clock, in milliseconds. */
  readonly elapsedMs: () => number;
}

const ignored: Reply = { code: 250, enhancedCode: "2.0.0", text: "OK, not answered" };

/** Answers mail to one address with its full verdict, as Momentum's `reflect` does. Never answers automatic mail (RFC 3834 2). */
export class Reflector {
  readonly #setup: ReflectorSetup;
  readonly #address: string;
  readonly #rate: SenderRate;

  constructor(setup: ReflectorSetup) {
    this.#setup = setup;
    this.#rate = new SenderRate(setup.options.perSenderPerHour, setup.elapsedMs);
    this.#address = setup.options.address.toLowerCase();
  }

  isFor(recipient: string): boolean {
    return recipient.toLowerCase() === this.#address;
  }

  /** Sends the verdict to the sender. Resolves to the reply to the sender's DATA: 250 if the next hop took the verdict. */
  async answer(
    header: Message,
    processed: Processed,
    { from, queueId }: { readonly from: string; readonly queueId: string },
  ): Promise<Reply> {
    const { options, hostname, now } = this.#setup;
    const facts = headerFacts(header);
    if (from === "" || processed.report === undefined || facts.isAutomatic) {
      return ignored;
    }
    if (!this.#rate.allows(from)) {
      return refusal(450, "4.7.1", "too many messages to the reflector this hour, try again later");
    }
    const mail = verdictMail({
      to: from,
      from: options.from ?? options.address,
      subject: facts.subject,
      inReplyTo: facts.messageId,
      report: processed.report,
      hostname,
      queueId,
      at: new Date(now()),
    });
    return this.#send(mail, from, queueId);
  }

  async #send(mail: StoredMessage, to: string, queueId: string): Promise<Reply> {
    const { pipeline, nextHops, defaultBinding } = this.#setup;
    const processed = await pipeline.process(
      mail,
      { from: "", recipients: [to] },
      {
        direction: "outbound",
        queueId: `${queueId}R`,
        listener: "reflector",
        relayNetwork: true,
        variables: new Map(),
        ...(defaultBinding === undefined ? {} : { binding: defaultBinding }),
      },
    );
    const { action } = processed.disposition;
    if (action === "reject" || action === "defer" || action === "discard") {
      return refusal(
        451,
        "4.7.0",
        "the policy does not allow the answer of the reflector, try again later",
      );
    }
    try {
      const transaction = new NextHopTransaction(
        nextHops.poolFor(processed.binding ?? defaultBinding),
        { from: "", eightBit: false, smtpUtf8: false },
      );
      const outgoing = changedMessage(mail, processed);
      const reply =
        (await transaction.allRecipients([{ address: to }])) ??
        (await transaction.deliver(outgoing, { ascii: true, asciiHeader: true }));
      return isPositive(reply) ? { ...reply, code: 250 } : reply;
    } catch (error) {
      if (error instanceof TransientDeliveryError) {
        return error.reply;
      }
      throw error;
    }
  }
}

/** The parts of a message's header that an answer depends on. */
interface HeaderFacts {
  /** The message came from a program or a list, so that an answer may start a loop. */
  readonly isAutomatic: boolean;
  /** ASCII. Encoded words (RFC 2047) are kept as they are. */
  readonly subject: string;
  readonly messageId: string | undefined;
}

function headerFacts(message: Message): HeaderFacts {
  const text = (name: string): string | undefined => {
    const field = message.byKey.get(name)?.[0];
    return field === undefined ? undefined : fieldValue(message, field);
  };
  return {
    isAutomatic: isAutomaticMail(message),
    subject: asciiLine(text("subject") ?? ""),
    messageId: /<[!-~]{1,900}>/.exec(text("message-id") ?? "")?.[0],
  };
}

function asciiLine(text: string): string {
  return text
    .replaceAll(/\s+/g, " ")
    .replaceAll(/[^ -~]/g, "?")
    .trim()
    .slice(0, 200);
}

const hourMs = 3_600_000;
const mostSenders = 10_000;

/** Counts the answers to each sender in an hour. Bounded: beyond `mostSenders`, new senders get no answer. */
class SenderRate {
  readonly #perHour: number;
  readonly #elapsedMs: () => number;
  readonly #counts = new Map<string, number>();
  #hourStartMs: number;

  /** `elapsedMs` is a monotonic clock. */
  constructor(perHour: number, elapsedMs: () => number) {
    this.#perHour = perHour;
    this.#elapsedMs = elapsedMs;
    this.#hourStartMs = elapsedMs();
  }

  /** Counts one more answer. Returns false, and counts nothing, if the sender has had enough of them. */
  allows(sender: string): boolean {
    const now = this.#elapsedMs();
    if (now - this.#hourStartMs >= hourMs) {
      this.#hourStartMs = now;
      this.#counts.clear();
    }
    const key = sender.toLowerCase();
    const count = this.#counts.get(key) ?? 0;
    if (count >= this.#perHour || (count === 0 && this.#counts.size >= mostSenders)) {
      return false;
    }
    this.#counts.set(key, count + 1);
    return true;
  }
}
