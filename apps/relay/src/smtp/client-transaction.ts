import { type Config, findBinding, type SmtpListener } from "@mailseal/config";
import {
  type ContentNeeds,
  TransientDeliveryError,
  domainOf,
  isPositive,
  type MailParameters,
  type NoBounceReason,
  localError,
  type RecipientParameters,
  refusal,
  type Reply,
  toClient,
} from "@mailseal/delivery";
import {
  changedMessage,
  type Disposition,
  type MailContext,
  type Processed,
  type StoredMessage,
} from "@mailseal/policy";
import type { PendingReply } from "@mailseal/queue";
import { printable, type Message } from "@mailseal/syntax";
import type { RecipientCheck } from "../addresses/recipient-check.ts";
import type { SenderCheck } from "../addresses/sender-check.ts";
import type { Generation } from "../generation.ts";
import { defectReplies } from "../message/defect-replies.ts";
import { IncomingMessage, type ReceivedMessage } from "../message/incoming-message.ts";
import { MessageRecord } from "../message/message-record.ts";
import { receivedField } from "../message/received-field.ts";
import type { AcceptedMail } from "../queue/mail-queue.ts";
import { type DataStream, receive } from "./data-stream.ts";
import { ProxyDelivery } from "./proxy-delivery.ts";

/** The surroundings of one transaction. They stay the same to its end, even if the config is reloaded. */
export interface TransactionSetup {
  readonly generation: Generation;
  readonly listener: SmtpListener;
  readonly context: MailContext;
  readonly senders: SenderCheck | undefined;
  /** The protocol of the client for the Received field, such as ESMTPS. */
  readonly transmissionType: string;
  /** Checks recipients; undefined if every recipient is taken. */
  readonly recipients?: RecipientCheck | undefined;
  /** Why the sender gets no bounce if the message fails after it was queued. */
  readonly noBounce?: NoBounceReason;
}

const noDomain = refusal(501, "5.1.3", "expected a recipient with a domain");
const accepted: Reply = { code: 250, enhancedCode: "2.1.5", text: "OK" };

/** One message of a client, from MAIL to the reply after DATA. */
export class ClientTransaction {
  readonly #setup: TransactionSetup;
  readonly #mail: MailParameters;
  readonly #record: MessageRecord;
  readonly #proxy: ProxyDelivery;
  #recipients: RecipientParameters[] = [];
  readonly #release: () => void;
  #isForReflector = false;
  #digest: string | undefined;
  #pendingReply: PendingReply | undefined;

  constructor(setup: TransactionSetup, mail: MailParameters) {
    this.#setup = setup;
    this.#mail = mail;
    this.#proxy = new ProxyDelivery(setup.generation, mail);
    this.#release = setup.generation.references.hold();
    this.#record = new MessageRecord(setup.generation, "smtp", setup.context, mail.from);
  }

  /** The reply to RCPT: the next hop's own if its binding is known before the message. */
  async recipient(recipient: RecipientParameters): Promise<Reply> {
    const { config, reflector } = this.#setup.generation;
    if (this.#recipients.length >= config.limits.recipients) {
      return refusal(452, "4.5.3", "too many recipients");
    }
    if (this.#setup.listener.direction === "inbound" && reflector?.isFor(recipient.address)) {
      this.#isForReflector = true;
      return accepted;
    }
    const reply = (await this.#checkRecipient(recipient)) ?? (await this.#askNextHop(recipient));
    if (isPositive(reply)) {
      this.#recipients.push(recipient);
    } else {
      this.#record.refusedRecipient(recipient.address, reply);
    }
    return reply;
  }

  /** Takes the message. Resolves to the reply: 250 only if the message is queued, or the next hop has it. */
  async data(stream: DataStream): Promise<Reply> {
    const { generation, listener } = this.#setup;
    const incoming = new IncomingMessage(generation.spool.writer(), {
      limits: generation.config.limits,
      lineEndings: listener.lineEndings,
      bindingHeader: listener.bindingHeader,
      digest: this.#detectsResends() ? "sha256" : undefined,
    });
    let reply: Reply | undefined;
    try {
      await receive(stream, incoming);
      const received = await incoming.finish();
      this.#record.sizeBytes = incoming.sizeBytes;
      if (received !== undefined) {
        reply = await this.#handle(received);
      } else if (incoming.defect !== undefined) {
        this.#record.fault(incoming.cause);
        reply = defectReplies[incoming.defect];
      }
    } catch (error) {
      await incoming.discard();
      reply = error instanceof TransientDeliveryError ? error.reply : localError;
      this.#record.fault(error);
    }
    this.#record.end(this.#recipients, reply ?? localError);
    this.end();
    return reply ?? localError;
  }

  /** Set for a queued message when `data` has resolved. */
  get pendingReply(): PendingReply | undefined {
    return this.#pendingReply;
  }

  /** Ends the transaction at any stage, and aborts the one at the next hop. */
  end(): void {
    if (this.#recipients.length === 0 && !this.#isForReflector) {
      this.#record.endWithoutRecipients();
    }
    this.#proxy.abort();
    this.#release();
  }

  async #checkRecipient({ address }: RecipientParameters): Promise<Reply | undefined> {
    const { generation, recipients, context } = this.#setup;
    return recipients?.refusal(address, context.binding, generation.nextHops);
  }

  async #askNextHop(recipient: RecipientParameters): Promise<Reply> {
    const { generation, listener, context } = this.#setup;
    if (listener.mode === "queue") {
      return domainOf(recipient.address) === "" ? noDomain : accepted;
    }
    if (generation.config.hooks !== undefined || listener.bindingHeader !== undefined) {
      // The message itself may decide the binding.
      return accepted;
    }
    try {
      return await this.#proxy.recipient(context.binding, recipient);
    } catch (error) {
      if (error instanceof TransientDeliveryError) {
        this.#record.fault(error);
        return error.reply;
      }
      throw error;
    }
  }

  async #handle({ message, ...received }: ReceivedMessage): Promise<Reply> {
    const { generation, context, listener, senders } = this.#setup;
    const { bindingField, digest, ...needs } = received;
    this.#digest = digest;
    try {
      const found = await senders?.finding(context, this.#mail.from, message, generation);
      if (found !== undefined) this.#record.note(found.reason);
      if (found?.action === "refuse") return found.reply;
      const bound: MailContext = {
        ...context,
        ...(found === undefined ? {} : { unsigned: "sender-not-owned" }),
        ...(bindingField === undefined
          ? {}
          : { binding: knownBinding(generation.config, bindingField.value) }),
      };
      const stored = changedMessage(message, {
        prepend: [this.#traceField()],
        remove: bindingField === undefined ? [] : [bindingField],
      });
      if (listener.mode === "queue" && bound.direction === "outbound") {
        // Signed when it is delivered, because the key may be rotated while the message is queued.
        return await this.#enqueue({ message: stored, context: bound, needs, todo: "pipeline" });
      }
      return await this.#process(stored, bound, needs);
    } finally {
      await message.release();
    }
  }

  #traceField(): ReturnType<typeof receivedField> {
    const { generation, context, transmissionType } = this.#setup;
    return receivedField({
      heloName: context.heloName ?? "",
      remoteAddress: context.remoteAddress,
      hostname: generation.hostname,
      transmissionType,
      queueId: context.queueId,
      at: new Date(generation.now()),
    });
  }

  async #process(
    stored: StoredMessage & { readonly header: Message },
    context: MailContext,
    needs: ContentNeeds,
  ): Promise<Reply> {
    const processed = await this.#setup.generation.pipeline.process(
      stored,
      { from: this.#mail.from, recipients: this.#recipients.map(({ address }) => address) },
      context,
    );
    this.#record.processed(processed);
    if (this.#isForReflector) {
      const reflected = await this.#reflect(stored.header, processed);
      if (this.#recipients.length === 0) return reflected;
    }
    return (
      refusalOf(processed.disposition) ??
      (await this.#passOn(changedMessage(stored, processed), processed, needs))
    );
  }

  /** The reflector's reply, which does not affect other recipients. */
  async #reflect(header: Message, processed: Processed): Promise<Reply> {
    const { generation, context } = this.#setup;
    const reply = await generation.reflector?.answer(header, processed, {
      from: this.#mail.from,
      queueId: context.queueId,
    });
    return reply ?? localError;
  }

  async #enqueue(mail: Omit<AcceptedMail, "mail" | "recipients" | "digest">): Promise<Reply> {
    const { generation, noBounce } = this.#setup;
    const taken = await generation.queue?.accept({
      ...mail,
      ...(noBounce === undefined ? {} : { noBounce }),
      mail: this.#mail,
      recipients: this.#recipients,
      digest: this.#digest,
    });
    this.#pendingReply = taken?.pendingReply;
    this.#record.sentAgain = taken?.sentAgain;
    return taken?.reply ?? localError;
  }

  #detectsResends(): boolean {
    const { generation, listener } = this.#setup;
    return listener.mode === "queue" && (generation.config.queue?.resendWindow ?? 0) > 0;
  }

  async #passOn(
    outgoing: StoredMessage,
    processed: Processed,
    needs: ContentNeeds,
  ): Promise<Reply> {
    const { context } = this.#setup;
    if (processed.disposition.action === "discard") {
      return { code: 250, enhancedCode: "2.0.0", text: `OK: ${context.queueId}` };
    }
    const binding = processed.binding ?? context.binding;
    if (this.#setup.listener.mode === "queue") {
      const bound = binding === undefined ? context : { ...context, binding };
      return this.#enqueue({ message: outgoing, context: bound, needs, todo: "none" });
    }
    const { step, reply } = await this.#proxy.deliver({
      message: outgoing,
      binding,
      recipients: this.#recipients,
      needs,
    });
    if (step === "message") this.#record.nextHopReply = reply;
    return step === "message" && isPositive(reply)
      ? {
          ...reply,
          code: 250,
          text: `OK: ${context.queueId}, next hop: ${reply.text.replaceAll("\n", " ")}`,
        }
      : toClient(reply);
  }
}

/** The binding that the message names. Throws a `TransientDeliveryError` if the config has none of this name. */
function knownBinding(config: Config, name: string): string {
  if (findBinding(config, name) === undefined) {
    const shown = printable(JSON.stringify(name.slice(0, longestShownName)));
    throw new TransientDeliveryError("4.3.5", `the config has no binding ${shown}`);
  }
  return name;
}

const longestShownName = 80;

function refusalOf(disposition: Disposition): Reply | undefined {
  return disposition.action === "reject" || disposition.action === "defer"
    ? refusal(disposition.code, disposition.enhancedCode, disposition.text)
    : undefined;
}
