import { type HandlerCall, MilterError } from "../errors.ts";
import type { Answer, Answered, MilterHandler, StepContext } from "../handler.ts";
import type { Command } from "../wire/command.ts";
import type { Step } from "../wire/protocol.ts";
import type { PlainReply } from "../wire/reply.ts";
import { SmtpReply } from "../wire/smtp-reply.ts";
import { quoted } from "../wire/wire-text.ts";
import type { CommandChannel } from "./command-channel.ts";

/** The outcome of waiting for a handler. */
export type HandlerOutcome<Value> =
  | { readonly kind: "value"; readonly value: Value }
  | { readonly kind: "failed"; readonly error: MilterError }
  /** The MTA went away, or the session was destroyed, before there was an answer. */
  | { readonly kind: "gone" };

/** The outcome of calling a method of the handler. */
export type CallOutcome =
  | { readonly kind: "answer"; readonly answer: Answer }
  | Exclude<HandlerOutcome<never>, { readonly kind: "value" }>;

const words: ReadonlySet<unknown> = new Set<PlainReply>([
  "continue",
  "accept",
  "reject",
  "tempfail",
  "discard",
  "skip",
  "shutdown",
  "connection-failure",
]);

/** Calls methods of a handler within their time limits, and catches what they throw. */
export class HandlerCaller {
  readonly #channel: CommandChannel;
  #controller = new AbortController();

  constructor(channel: CommandChannel) {
    this.#channel = channel;
  }

  /** Aborted when the answer of the current call is no longer needed. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Never rejects. */
  async call(step: Step, limitMs: number, method: () => Answered): Promise<CallOutcome> {
    let answered: Answered;
    try {
      answered = method();
    } catch (error) {
      return this.#failed(step, error);
    }
    if (!(answered instanceof Promise)) return this.#answer(step, answered);
    const outcome = await this.wait(step, limitMs, answered);
    return outcome.kind === "value" ? this.#answer(step, outcome.value) : outcome;
  }

  /** Waits for a promise of the handler as long as the MTA is connected. Never rejects. */
  async wait<Value>(
    step: Step,
    limitMs: number,
    promise: Promise<Value>,
  ): Promise<HandlerOutcome<Value>> {
    const waited = await this.#channel.waitForHandler(promise, limitMs);
    switch (waited.kind) {
      case "value":
        return waited;
      case "error":
        return this.#failed(step, waited.error);
      case "timeout":
        this.#giveUp();
        return { kind: "failed", error: timedOut(step, limitMs) };
      default:
        this.#giveUp();
        return { kind: "gone" };
    }
  }

  /** Calls a method without an answer, and waits for it even if the MTA is gone. */
  async notify(
    name: "abort" | "close",
    limitMs: number,
    method: () => void | Promise<void>,
  ): Promise<MilterError | undefined> {
    try {
      const pending = method();
      if (!(pending instanceof Promise)) return undefined;
      const waited = await this.#channel.waitFor(pending, limitMs);
      if (waited.kind === "error") return failed(name, waited.error);
      return waited.kind === "timeout" ? timedOut(name, limitMs) : undefined;
    } catch (error) {
      return failed(name, error);
    }
  }

  #giveUp(): void {
    this.#controller.abort();
    this.#controller = new AbortController();
  }

  #answer(step: Step, answer: Answer | void): CallOutcome {
    if (answer === undefined) return { kind: "answer", answer: "continue" };
    if (words.has(answer) || answer instanceof SmtpReply) return { kind: "answer", answer };
    return this.#failed(
      step,
      new TypeError("expected an answer of the type Answer from the handler"),
    );
  }

  #failed(step: Step, cause: unknown): Extract<CallOutcome, { readonly kind: "failed" }> {
    return { kind: "failed", error: failed(step, cause) };
  }
}

function failed(step: HandlerCall, cause: unknown): MilterError {
  const reason = cause instanceof Error ? `: ${quoted(cause.message)}` : "";
  const message = `${step} of the handler failed${reason}`;
  return new MilterError("handler-failed", message, { cause, step });
}

function timedOut(step: HandlerCall, limitMs: number): MilterError {
  const message = `${step} of the handler took over ${limitMs} ms`;
  return new MilterError("handler-timeout", message, { step });
}

/** A command that reports an event of the SMTP dialogue. */
export type EventCommand = Extract<Command, { readonly kind: Step }>;

/** Calls the handler's method for an event, if it has one. */
export function callEvent(
  handler: MilterHandler,
  command: Exclude<EventCommand, { readonly kind: "endOfMessage" }>,
  context: StepContext,
): Answered {
  switch (command.kind) {
    case "connect":
      return handler.connect?.(command.client, context);
    case "helo":
      return handler.helo?.(command.name, context);
    case "mailFrom":
      return handler.mailFrom?.(command.sender, context);
    case "rcptTo":
      return handler.rcptTo?.(command.recipient, context);
    case "data":
      return handler.data?.(context);
    case "header":
      return handler.header?.(command.field, context);
    case "endOfHeaders":
      return handler.endOfHeaders?.(context);
    case "body":
      return handler.body?.(command.chunk, context);
    case "unknown":
      return handler.unknown?.(command.command, context);
  }
}
