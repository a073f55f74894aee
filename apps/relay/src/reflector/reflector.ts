import type { Config } from "@mailseal/config";
import {
  DeliveryFault,
  isPositive,
  NextHopTransaction,
  refusal,
  type Reply,
  type Routes,
} from "@mailseal/delivery";
import {
  type Pipeline,
  type Processed,
  type StoredMessage,
  changedMessage,
} from "@mailseal/policy";
import { type Message } from "@mailseal/syntax";
import { automaticMarks } from "./automatic-mail.ts";
import type { SenderRate } from "./sender-rate.ts";
import { verdictMail } from "./verdict-mail.ts";

export interface ReflectorSetup {
  readonly options: NonNullable<Config["reflector"]>;
  readonly defaultBinding: string | undefined;
  readonly hostname: string;
  readonly pipeline: Pipeline;
  readonly routes: Routes;
  readonly rate: SenderRate;
  readonly now: () => number;
}

const ignored: Reply = { code: 250, enhancedCode: "2.0.0", text: "OK, not answered" };

/** Answers mail to one address with its full verdict (Momentum's `reflect`), and automatic mail never (RFC 3834 2). */
export class Reflector {
  readonly #setup: ReflectorSetup;
  readonly #address: string;

  constructor(setup: ReflectorSetup) {
    this.#setup = setup;
    this.#address = setup.options.address.toLowerCase();
  }

  isFor(recipient: string): boolean {
    return recipient.toLowerCase() === this.#address;
  }

  /** Sends the verdict to the sender, and resolves to the answer to the sender's DATA: 250 when the next hop has it. */
  async answer(
    header: Message,
    processed: Processed,
    { from, queueId }: { readonly from: string; readonly queueId: string },
  ): Promise<Reply> {
    const { rate, options, hostname, now } = this.#setup;
    const marks = automaticMarks(header);
    if (from === "" || processed.report === undefined || marks.isAutomatic) {
      return ignored;
    }
    if (!rate.allows(from)) {
      return refusal(450, "4.7.1", "the reflector has answered you often enough this hour");
    }
    const mail = verdictMail({
      to: from,
      from: options.from ?? options.address,
      subject: marks.subject,
      inReplyTo: marks.messageId,
      report: processed.report,
      hostname,
      queueId,
      at: new Date(now()),
    });
    return this.#send(mail, from, queueId);
  }

  async #send(mail: StoredMessage, to: string, queueId: string): Promise<Reply> {
    const { pipeline, routes, defaultBinding } = this.#setup;
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
      return refusal(451, "4.7.0", "the policy does not let the reflector answer");
    }
    try {
      const transaction = new NextHopTransaction(
        routes.poolFor(processed.binding ?? defaultBinding),
        { from: "", eightBit: false, smtpUtf8: false },
      );
      const outgoing = changedMessage(mail, processed);
      const reply =
        (await transaction.allRecipients([{ address: to }])) ??
        (await transaction.deliver(outgoing, { ascii: true, asciiHeader: true }));
      return isPositive(reply) ? { ...reply, code: 250 } : reply;
    } catch (error) {
      if (error instanceof DeliveryFault) {
        return error.reply;
      }
      throw error;
    }
  }
}
