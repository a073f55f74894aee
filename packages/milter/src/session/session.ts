import { MilterError, type MilterErrorCode } from "../errors.ts";
import type { Answer, MilterHandler } from "../handler.ts";
import { MessageChanges } from "../message/message-changes.ts";
import { type MilterOptions, type SessionSettings, settingsOf } from "../options.ts";
import type { Command, LostCommand } from "../wire/command.ts";
import type { Step } from "../wire/protocol.ts";
import { encodeReply, type Reply } from "../wire/reply.ts";
import { SmtpReply, smtpReply } from "../wire/smtp-reply.ts";
import { CommandChannel } from "./command-channel.ts";
import { Decisions } from "./decisions.ts";
import { callEvent, type EventCommand } from "./handler-caller.ts";
import { negotiate, type Terms } from "./negotiation.ts";
import { StepOrder, type Transition } from "./step-order.ts";
import type { MilterTransport } from "./transport.ts";

/** The negotiated terms, and the current step of the dialogue. */
interface Conversation {
  readonly terms: Terms;
  readonly order: StepOrder;
}

/**
 * One connection of an MTA.
 *
 * ```ts
 * const session: MilterSession = serveMilter(socket, createHandler);
 * process.once("SIGTERM", () => session.stop());
 * await session.done;
 * ```
 */
export class MilterSession {
  /** Resolves when the session is over, whatever ended it. Never rejects. */
  readonly done: Promise<void>;
  readonly #settings: SessionSettings;
  readonly #channel: CommandChannel;
  readonly #decisions: Decisions;
  #conversation: Conversation | undefined;
  #stopping = false;

  /** @internal Use `serveMilter`. */
  constructor(
    transport: MilterTransport,
    createHandler: () => MilterHandler,
    options: MilterOptions,
  ) {
    this.#settings = settingsOf(options);
    this.#channel = new CommandChannel(transport, this.#settings);
    this.#decisions = new Decisions(this.#channel, this.#settings, createHandler);
    this.done = this.#run();
  }

  /** Ends the session after the current message, or at once if there is none. */
  stop(): void {
    this.#stopping = true;
    if (this.#conversation?.order.inMessage !== true) this.#channel.interruptRead();
  }

  /** Ends the session at once. The MTA applies its default action to the current message. */
  destroy(): void {
    this.#channel.destroy();
  }

  async #run(): Promise<void> {
    try {
      // Nothing is called before `serveMilter` has returned.
      await Promise.resolve();
      this.#decisions.openConnection();
      await this.#converse();
      await this.#channel.end();
    } catch (error) {
      this.#decisions.report(asMilterError(error));
      this.#channel.destroy();
    }
    if (this.#conversation?.order.inMessage === true) await this.#decisions.abortMessage();
    await this.#decisions.closeConnection();
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
        return this.#decisions.macros.define(command.command, command.pairs);
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
    const steps = this.#decisions.wantedSteps;
    const negotiated = negotiate(offer, { ...this.#settings.wishes, steps });
    if (!negotiated.ok) throw new MilterError("protocol-violation", negotiated.reason);
    const { terms, reply } = negotiated;
    this.#conversation = { terms, order: new StepOrder(terms) };
    await this.#send(reply);
  }

  /** QUIT_NC: a new SMTP connection under the same terms. */
  async #beginConnection(terms: Terms): Promise<void> {
    await this.#endMessage();
    await this.#decisions.closeConnection();
    this.#decisions.macros.endConnection();
    this.#conversation = { terms, order: new StepOrder(terms) };
    this.#decisions.openConnection();
  }

  async #takeEvent(command: EventCommand, { terms, order }: Conversation): Promise<void> {
    await this.#enter(command.kind, order.take(command.kind));
    if (command.kind === "endOfMessage") {
      await this.#takeEndOfMessage(command.chunk, terms);
      return;
    }
    const { kind } = command;
    const answer = await this.#decisions.decide(kind, terms, (handler, context) =>
      callEvent(handler, command, context),
    );
    if (answer === undefined || terms.silent.has(kind)) return;
    await this.#send(replyOf(answer, kind, terms));
  }

  /** The content of the command is lost, so it and everything that depends on it are refused. */
  async #takeLost({ step, why }: LostCommand, { terms, order }: Conversation): Promise<void> {
    const where = step === undefined ? {} : { step };
    const { code, reason, answer } = losses[why];
    this.#decisions.report(new MilterError(code, reason, where));
    if (step !== undefined) {
      await this.#enter(step, order.take(step));
    }
    await this.#decisions.decideLost(step, answer, order.inMessage);
    if (step !== undefined && (step === "endOfMessage" || !terms.silent.has(step))) {
      await this.#send(replyOf(answer, step, terms));
    }
    if (step === "endOfMessage") await this.#endMessage();
  }

  async #takeEndOfMessage(chunk: Uint8Array, terms: Terms): Promise<void> {
    if (chunk.length > 0) {
      // This piece of the body has no answer of its own.
      const answer = await this.#decisions.decide("body", terms, (handler, context) =>
        handler.body?.(chunk, context),
      );
      if (answer === undefined) return;
    }
    const changes = new MessageChanges(terms);
    const stopProgress = this.#channel.beginProgress();
    const answer = await this.#decisions.decide("endOfMessage", terms, (handler, context) =>
      handler.endOfMessage?.(changes, context),
    );
    stopProgress();
    changes.close();
    if (answer === undefined) return;
    const last = await this.#sendChanges(changes, answer);
    if (last === undefined) return;
    await this.#send(replyOf(last, "endOfMessage", terms));
    // Answered: there is nothing left to abort.
    this.#decisions.settleMessage(last);
    await this.#endMessage();
  }

  /** The answer to give after the changes; undefined if it is no longer needed. */
  async #sendChanges(changes: MessageChanges, answer: Answer): Promise<Answer | undefined> {
    if (answer !== "continue" && answer !== "accept") return answer;
    const packets = changes.packets();
    for (;;) {
      const outcome = await this.#decisions.waitForChange(packets.next());
      if (outcome.kind === "gone") return undefined;
      if (outcome.kind === "failed") return "tempfail";
      if (outcome.value.done === true) return answer;
      await this.#channel.add(outcome.value.value);
    }
  }

  /** Moves on to a step, which may give up the message before it. */
  async #enter(step: Step, transition: Transition): Promise<void> {
    if (transition.kind === "out-of-order") {
      throw new MilterError("protocol-violation", transition.reason, { step });
    }
    if (!transition.abortsMessage) return;
    await this.#decisions.abortMessage();
    this.#decisions.forgetMessage(step === "helo" ? "" : "M");
  }

  async #endMessage(): Promise<void> {
    if (this.#conversation?.order.endMessage() === true) await this.#decisions.abortMessage();
    this.#decisions.forgetMessage("");
  }

  #send(reply: Reply): Promise<void> {
    return this.#channel.write(encodeReply(reply));
  }
}

/** The packet with the answer to a step. */
function replyOf(answer: Answer, step: Step, terms: Terms): Reply {
  if (answer instanceof SmtpReply) return answer;
  // Sendmail knows "skip" for the body only; the handler is not asked again in any case.
  const skips = step === "body" && terms.skip;
  return { kind: answer === "skip" && !skips ? "continue" : answer };
}

/** The error and the answer for a message that lost a packet. */
const losses: Readonly<
  Record<LostCommand["why"], { code: MilterErrorCode; reason: string; answer: Answer }>
> = {
  "no-room": {
    code: "no-room",
    reason: "no memory is left for a packet of the MTA; raise the shared limit or lower the load",
    answer: "tempfail",
  },
  "too-large": {
    code: "packet-too-large",
    reason: "the MTA sent a packet longer than maxPacketBytes; raise that option to accept it",
    answer: smtpReply({
      code: 552,
      enhancedCode: "5.3.4",
      text: "a part of the message is larger than is accepted here",
    }),
  },
};

function asMilterError(error: unknown): MilterError {
  if (error instanceof MilterError) return error;
  return new MilterError("handler-failed", "the handler could not be created", { cause: error });
}
