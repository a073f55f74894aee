import type { MilterError } from "../errors.ts";
import type { Answer, Answered, MilterHandler, StepContext } from "../handler.ts";
import type { SessionSettings } from "../options.ts";
import { Macros } from "../wire/macros.ts";
import { type OptionalStep, optionalSteps, type Step } from "../wire/protocol.ts";
import type { CommandChannel } from "./command-channel.ts";
import { HandlerCaller, type HandlerOutcome } from "./handler-caller.ts";
import type { Terms } from "./negotiation.ts";

/** Whether a step belongs to a message; the others belong to the connection. */
function isOfMessage(step: Step): boolean {
  return step !== "connect" && step !== "helo" && step !== "unknown";
}

/** Whether an answer to a step of a message is the last: a refused RCPT or DATA leaves the message open. */
function endsMessage(step: Step, answer: Answer): boolean {
  return !["rcptTo", "data"].includes(step) || answer === "accept" || answer === "discard";
}

/**
 * Asks the handler about each step, and keeps the answers that hold for the rest of the message or of the
 * connection, so that the handler is not asked again.
 */
export class Decisions {
  readonly macros: Macros = new Macros();
  readonly #settings: SessionSettings;
  readonly #caller: HandlerCaller;
  readonly #createHandler: () => MilterHandler;
  readonly #skipped = new Set<Step>();
  #handler: MilterHandler | undefined;
  /** The answer to every later step of this connection. */
  #connectionAnswer: Answer | undefined;
  /** The answer to every later step of this message. */
  #messageAnswer: Answer | undefined;

  constructor(
    channel: CommandChannel,
    settings: SessionSettings,
    createHandler: () => MilterHandler,
  ) {
    this.#settings = settings;
    this.#caller = new HandlerCaller(channel);
    this.#createHandler = createHandler;
  }

  /** Creates the handler of an SMTP connection. Throws what `createHandler` throws. */
  openConnection(): void {
    this.#connectionAnswer = undefined;
    this.#handler = this.#createHandler();
  }

  /** The steps that the handler has a method for. */
  get wantedSteps(): ReadonlySet<OptionalStep> {
    const handler = this.#handler ?? {};
    return new Set(optionalSteps.filter((step) => handler[step] !== undefined));
  }

  /** The answer to a step; undefined if it is no longer needed. */
  async decide(
    step: Step,
    terms: Terms,
    method: (handler: MilterHandler, context: StepContext) => Answered,
  ): Promise<Answer | undefined> {
    const decided = this.#connectionAnswer ?? this.#messageAnswer;
    if (decided !== undefined) return decided;
    const handler = this.#handler;
    if (handler === undefined || this.#skipped.has(step)) return "continue";
    const { stepMs, endOfMessageMs } = this.#settings.timeLimits;
    const limitMs = step === "endOfMessage" ? endOfMessageMs : stepMs;
    const context = { terms, macros: this.macros, signal: this.#caller.signal };
    const outcome = await this.#caller.call(step, limitMs, () => method(handler, context));
    switch (outcome.kind) {
      case "gone":
        return undefined;
      case "answer":
        this.#remember(step, outcome.answer, terms);
        return outcome.answer;
      case "failed":
        this.report(outcome.error);
        if (isOfMessage(step)) {
          await this.abortMessage();
          this.#messageAnswer = "tempfail";
        } else {
          this.#remember(step, "tempfail", terms);
        }
        return "tempfail";
    }
  }

  /** Waits for more of what `endOfMessage` changes; the handler may still produce it. Reports a failure. */
  async waitForChange<Value>(change: Promise<Value>): Promise<HandlerOutcome<Value>> {
    const { endOfMessageMs } = this.#settings.timeLimits;
    const outcome = await this.#caller.wait("endOfMessage", endOfMessageMs, change);
    if (outcome.kind === "failed") this.report(outcome.error);
    return outcome;
  }

  /** Answers for the handler when it cannot know what was said: `step` is undefined for macros. */
  async decideLost(step: Step | undefined, answer: Answer, inMessage: boolean): Promise<void> {
    if (step === undefined || isOfMessage(step)) {
      if (inMessage) await this.abortMessage();
      this.#messageAnswer = answer;
    } else if (step !== "unknown") {
      this.#connectionAnswer = answer;
    }
  }

  /** The message is answered: there is nothing left to abort. */
  settleMessage(answer: Answer): void {
    this.#messageAnswer ??= answer;
  }

  /** `exceptLetter` is that of a command whose macros belong to the next message already. */
  forgetMessage(exceptLetter: string): void {
    this.macros.endMessage(exceptLetter);
    this.#skipped.clear();
    this.#messageAnswer = undefined;
  }

  /** Calls the handler's `abort`, unless it has given its last answer about the message. */
  async abortMessage(): Promise<void> {
    const handler = this.#handler;
    if (handler?.abort === undefined || this.#messageAnswer !== undefined) return;
    await this.#notify("abort", () => handler.abort?.());
  }

  /** Calls the handler's `close` and lets go of it. */
  async closeConnection(): Promise<void> {
    const handler = this.#handler;
    this.#handler = undefined;
    if (handler?.close !== undefined) await this.#notify("close", () => handler.close?.());
  }

  report(error: MilterError): void {
    try {
      this.#settings.onError(error);
    } catch {
      // Documented as dropped: one connection's listener must not end a process that serves others.
    }
  }

  /** Keeps an answer that holds for later steps too. */
  #remember(step: Step, answer: Answer, terms: Terms): void {
    if (answer === "skip") this.#skipped.add(step);
    if (answer === "skip" || answer === "continue" || step === "unknown") return;
    const isUnsent = step !== "endOfMessage" && terms.silent.has(step);
    if (!isOfMessage(step)) {
      if (isUnsent) this.#connectionAnswer = answer;
    } else if (isUnsent || endsMessage(step, answer)) {
      this.#messageAnswer = answer;
    }
  }

  async #notify(name: "abort" | "close", method: () => void | Promise<void>): Promise<void> {
    const error = await this.#caller.notify(name, this.#settings.timeLimits.stepMs, method);
    if (error !== undefined) this.report(error);
  }
}
