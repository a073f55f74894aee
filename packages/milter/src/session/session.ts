import type { Answer, Answered, MilterHandler, StepContext } from "../handler.ts";
import { MessageChanges } from "../message/message-changes.ts";
import { MilterError, type MilterErrorCode } from "../milter-error.ts";
import { type MilterOptions, type SessionSettings, settingsOf } from "../options.ts";
import type { Command, LostCommand } from "../wire/command.ts";
import { Macros } from "../wire/macros.ts";
import { optionalSteps, type Step } from "../wire/protocol.ts";
import { encodeReply, type Reply } from "../wire/reply.ts";
import { smtpReply } from "../wire/smtp-reply.ts";
import { endsMessage, isOfMessage, replyOf } from "./answer.ts";
import { CommandChannel } from "./command-channel.ts";
import { callEvent, type EventCommand } from "./event-call.ts";
import { HandlerCaller } from "./handler-caller.ts";
import { negotiate, type Terms } from "./negotiation.ts";
import { StepOrder } from "./step-order.ts";
import type { MilterTransport } from "./transport.ts";

/** What filter and MTA agreed on, and where their conversation stands. */
interface Conversation {
  readonly terms: Terms;
  readonly order: StepOrder;
}

/** One connection of an MTA. */
export class MilterSession {
  /** Resolves when the session is over, whatever ended it. Never rejects. */
  readonly done: Promise<void>;
  readonly #settings: SessionSettings;
  readonly #channel: CommandChannel;
  readonly #caller: HandlerCaller;
  readonly #createHandler: () => MilterHandler;
  readonly #macros = new Macros();
  readonly #skipped = new Set<Step>();
  #handler: MilterHandler | undefined;
  #conversation: Conversation | undefined;
  /** The answer to whatever follows in this connection, or this message: the handler has said its last. */
  #connectionVerdict: Answer | undefined;
  #messageVerdict: Answer | undefined;
  #stopping = false;

  /** @internal Use `serveMilter`. */
  constructor(
    transport: MilterTransport,
    createHandler: () => MilterHandler,
    options: MilterOptions,
  ) {
    this.#settings = settingsOf(options);
    this.#channel = new CommandChannel(transport, this.#settings);
    this.#caller = new HandlerCaller(this.#channel);
    this.#createHandler = createHandler;
    this.done = this.#run();
  }

  /** Ends the session after the message in hand, or at once where there is none. */
  stop(): void {
    this.#stopping = true;
    if (this.#conversation?.order.inMessage !== true) this.#channel.interruptRead();
  }

  /** Ends the session at once. The MTA does with the message in hand what it is configured to do. */
  destroy(): void {
    this.#channel.destroy();
  }

  async #run(): Promise<void> {
    try {
      // Nothing is called before `serveMilter` has returned.
      await Promise.resolve();
      this.#handler = this.#createHandler();
      await this.#converse();
      await this.#channel.end();
    } catch (error) {
      this.#report(asMilterError(error));
      this.#channel.destroy();
    }
    if (this.#conversation?.order.inMessage === true) await this.#abortMessage();
    await this.#closeHandler();
  }

  async #converse(): Promise<void> {
    let limitMs = this.#settings.timeLimits.negotiationMs;
    for (;;) {
      const { order } = this.#conversation ?? {};
      if (this.#channel.over || (this.#stopping && order?.inMessage !== true)) return;
      const command = await this.#channel.next(limitMs);
      if (command === undefined || command.kind === "quit") return;
      await this.#take(command);
      limitMs = this.#settings.timeLimits.commandMs;
    }
  }

  async #take(command: Exclude<Command, { readonly kind: "quit" }> | LostCommand): Promise<void> {
    if (command.kind === "negotiate") return this.#negotiate(command);
    const conversation = this.#conversation;
    if (conversation === undefined) {
      throw new MilterError(
        "protocol-violation",
        `expected the negotiation first, got ${command.kind}`,
      );
    }
    switch (command.kind) {
      case "lost":
        return this.#takeLost(command, conversation);
      case "macros":
        return this.#macros.define(command.command, command.pairs);
      case "abort":
        return this.#endMessage();
      case "quitNewConnection":
        return this.#beginConnection(conversation.terms);
      default:
        return this.#takeEvent(command, conversation);
    }
  }

  async #negotiate(offer: Extract<Command, { readonly kind: "negotiate" }>): Promise<void> {
    if (this.#conversation !== undefined) {
      throw new MilterError("protocol-violation", "expected one negotiation, got another");
    }
    const handler = this.#handler ?? {};
    const steps = new Set(optionalSteps.filter((step) => handler[step] !== undefined));
    const negotiated = negotiate(offer, { ...this.#settings.wishes, steps });
    if (!negotiated.ok) throw new MilterError("protocol-violation", negotiated.reason);
    const { terms, reply } = negotiated;
    this.#conversation = { terms, order: new StepOrder(terms) };
    await this.#send(reply);
  }

  /** QUIT_NC: what was agreed stays. */
  async #beginConnection(terms: Terms): Promise<void> {
    await this.#endMessage();
    await this.#closeHandler();
    this.#macros.endConnection();
    this.#connectionVerdict = undefined;
    this.#conversation = { terms, order: new StepOrder(terms) };
    this.#handler = this.#createHandler();
  }

  async #takeEvent(command: EventCommand, { terms, order }: Conversation): Promise<void> {
    const transition = order.take(command.kind);
    if (transition.kind === "out-of-order") {
      throw new MilterError("protocol-violation", transition.reason, { step: command.kind });
    }
    if (transition.abortsMessage) {
      await this.#abortMessage();
      this.#forgetMessage(command.kind === "helo" ? "" : "M");
    }
    if (command.kind === "endOfMessage") {
      await this.#takeEndOfMessage(command.chunk, terms);
      return;
    }
    const { kind } = command;
    const answer = await this.#decide(kind, terms, (handler, context) =>
      callEvent(handler, command, context),
    );
    if (answer === undefined || terms.silent.has(kind)) return;
    await this.#send(replyOf(answer, kind, terms));
  }

  /** Nothing is known of what was said: it is answered with "tempfail", and what hangs on it too. */
  async #takeLost({ step, why }: LostCommand, { terms, order }: Conversation): Promise<void> {
    const where = step === undefined ? {} : { step };
    const { code, reason, answer } = losses[why];
    this.#report(new MilterError(code, reason, where));
    if (step !== undefined) {
      const transition = order.take(step);
      if (transition.kind === "out-of-order") {
        throw new MilterError("protocol-violation", transition.reason, { step });
      }
      if (transition.abortsMessage) {
        await this.#abortMessage();
        this.#forgetMessage(step === "helo" ? "" : "M");
      }
    }
    if (step === undefined || isOfMessage(step)) {
      if (order.inMessage) await this.#abortMessage();
      this.#messageVerdict = answer;
    } else if (step !== "unknown") {
      this.#connectionVerdict = answer;
    }
    if (step !== undefined && (step === "endOfMessage" || !terms.silent.has(step))) {
      await this.#send(replyOf(answer, step, terms));
    }
    if (step === "endOfMessage") await this.#endMessage();
  }

  async #takeEndOfMessage(chunk: Uint8Array, terms: Terms): Promise<void> {
    if (chunk.length > 0) {
      // This piece has no answer of its own.
      const answer = await this.#decide("body", terms, (handler, context) =>
        handler.body?.(chunk, context),
      );
      if (answer === undefined) return;
    }
    const changes = new MessageChanges(terms);
    const stopProgress = this.#channel.beginProgress();
    const answer = await this.#decide("endOfMessage", terms, (handler, context) =>
      handler.endOfMessage?.(changes, context),
    );
    stopProgress();
    changes.close();
    if (answer === undefined) return;
    const last = await this.#sendChanges(changes, answer);
    if (last === undefined) return;
    await this.#send(replyOf(last, "endOfMessage", terms));
    // Answered: there is nothing left to abort.
    this.#messageVerdict ??= last;
    await this.#endMessage();
  }

  /** The answer to give after the changes; undefined where nobody waits for one any more. */
  async #sendChanges(changes: MessageChanges, answer: Answer): Promise<Answer | undefined> {
    if (answer !== "continue" && answer !== "accept") return answer;
    const { endOfMessageMs } = this.#settings.timeLimits;
    const packets = changes.packets();
    for (;;) {
      const outcome = await this.#caller.wait("endOfMessage", endOfMessageMs, packets.next());
      if (outcome.kind === "gone") return undefined;
      if (outcome.kind === "failed") {
        this.#report(outcome.error);
        return "tempfail";
      }
      if (outcome.value.done === true) return answer;
      await this.#channel.add(outcome.value.value);
    }
  }

  /** The answer to a step; undefined where nobody waits for one any more. */
  async #decide(
    step: Step,
    terms: Terms,
    method: (handler: MilterHandler, context: StepContext) => Answered,
  ): Promise<Answer | undefined> {
    const verdict = this.#connectionVerdict ?? this.#messageVerdict;
    if (verdict !== undefined) return verdict;
    const handler = this.#handler;
    if (handler === undefined || this.#skipped.has(step)) return "continue";
    const { stepMs, endOfMessageMs } = this.#settings.timeLimits;
    const limitMs = step === "endOfMessage" ? endOfMessageMs : stepMs;
    const context = { terms, macros: this.#macros, signal: this.#caller.signal };
    const outcome = await this.#caller.call(step, limitMs, () => method(handler, context));
    switch (outcome.kind) {
      case "gone":
        return undefined;
      case "answer":
        this.#remember(step, outcome.answer, terms);
        return outcome.answer;
      case "failed":
        this.#report(outcome.error);
        if (isOfMessage(step)) {
          await this.#abortMessage();
          this.#messageVerdict = "tempfail";
        } else {
          this.#remember(step, "tempfail", terms);
        }
        return "tempfail";
    }
  }

  /** Keeps an answer that is one to what follows too. */
  #remember(step: Step, answer: Answer, terms: Terms): void {
    if (answer === "skip") this.#skipped.add(step);
    if (answer === "skip" || answer === "continue" || step === "unknown") return;
    const unsaid = step !== "endOfMessage" && terms.silent.has(step);
    if (!isOfMessage(step)) {
      if (unsaid) this.#connectionVerdict = answer;
    } else if (unsaid || endsMessage(step, answer)) {
      this.#messageVerdict = answer;
    }
  }

  async #endMessage(): Promise<void> {
    if (this.#conversation?.order.endMessage() === true) await this.#abortMessage();
    this.#forgetMessage("");
  }

  /** `exceptLetter` is of the command whose macros are those of the next message already. */
  #forgetMessage(exceptLetter: string): void {
    this.#macros.endMessage(exceptLetter);
    this.#skipped.clear();
    this.#messageVerdict = undefined;
  }

  /** Tells the handler, unless it has said its last about the message. */
  async #abortMessage(): Promise<void> {
    const { abort } = this.#handler ?? {};
    if (abort === undefined || this.#messageVerdict !== undefined) return;
    await this.#tell("abort", () => abort.call(this.#handler));
  }

  async #closeHandler(): Promise<void> {
    const handler = this.#handler;
    this.#handler = undefined;
    if (handler?.close !== undefined) await this.#tell("close", () => handler.close?.());
  }

  async #tell(name: "abort" | "close", method: () => void | Promise<void>): Promise<void> {
    const error = await this.#caller.tell(name, this.#settings.timeLimits.stepMs, method);
    if (error !== undefined) this.#report(error);
  }

  #send(reply: Reply): Promise<void> {
    return this.#channel.write(encodeReply(reply));
  }

  #report(error: MilterError): void {
    try {
      this.#settings.onError(error);
    } catch {
      // Documented as dropped: one connection's listener must not end a process that serves others.
    }
  }
}

/** What becomes of a message of which a packet could not be taken. */
const losses: Readonly<
  Record<LostCommand["why"], { code: MilterErrorCode; reason: string; answer: Answer }>
> = {
  "no-room": {
    code: "no-room",
    reason: "expected memory for what the MTA sends",
    answer: "tempfail",
  },
  "too-large": {
    code: "packet-too-large",
    reason: "expected packets of at most maxPacketBytes; raise it if the MTA is right",
    answer: smtpReply({
      code: 552,
      enhancedCode: "5.3.4",
      text: "a part of the message is larger than is accepted here",
    }),
  },
};

function asMilterError(error: unknown): MilterError {
  if (error instanceof MilterError) return error;
  return new MilterError("handler-failed", "the handler could not be made", { cause: error });
}
