import { MailsealError } from "@mailseal/errors";
import type { Step } from "./wire/protocol.ts";

/** Each code is documented in the README. */
export type MilterErrorCode =
  | "action-not-negotiated"
  | "bad-header-name"
  | "bad-header-value"
  | "bad-option"
  | "bad-reply"
  | "bad-value"
  | "changes-closed"
  | "handler-failed"
  | "handler-timeout"
  | "mta-timeout"
  | "no-room"
  | "packet-too-large"
  | "protocol-violation"
  | "transport-failed";

/** A method of the handler. */
export type HandlerCall = Step | "abort" | "close";

/**
 * The library was misused (the error is thrown), or a session failed (the error is passed to `onError`). It never
 * quotes what an MTA sent, except the letter of a command.
 *
 * ```ts
 * serveMilter(socket, createHandler, {
 *   onError: ({ code, step, message }: MilterError) => console.error(code, step, message),
 * });
 * ```
 */
export class MilterError extends MailsealError {
  declare readonly code: MilterErrorCode;
  /** The step in which it happened; undefined if it belongs to no step. */
  readonly step: HandlerCall | undefined;

  constructor(
    code: MilterErrorCode,
    message: string,
    options: ErrorOptions & { readonly step?: HandlerCall } = {},
  ) {
    super(code, message, options);
    this.name = "MilterError";
    this.step = options.step;
  }
}

/** The error for an option that is unknown, wrong or missing. */
export function badOption(message: string): MilterError {
  return new MilterError("bad-option", message);
}
