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
 * The library was misused (thrown), or a session met a fault (given to `onError`). A message from an MTA
 * is never quoted in it but for a command's letter.
 */
export class MilterError extends MailsealError {
  declare readonly code: MilterErrorCode;
  /** Where the session stood; absent where it matters to no step. */
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
