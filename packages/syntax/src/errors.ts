import { MailsealError } from "@mailseal/errors";

/** The README lists what each code means. */
export type MailSyntaxErrorCode = "header-too-large" | "invalid-option" | "too-many-fields";

/**
 * A function was given a value that no field can hold, or a header exceeds a limit. Any other content of a
 * message is never a reason to throw.
 *
 * ```ts
 * try {
 *   new HeaderReader({ maxHeaderBytes: 10 }).push(Buffer.from("From: ada@example.com\r\n"));
 * } catch (error) {
 *   if (error instanceof MailSyntaxError) console.error(error.code); // header-too-large
 * }
 * ```
 */
export class MailSyntaxError extends MailsealError {
  /** What is wrong. */
  declare readonly code: MailSyntaxErrorCode;

  /** `message`: what went wrong, what was expected, and what to do. */
  constructor(code: MailSyntaxErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.name = "MailSyntaxError";
  }
}

/** The error for an option that is unknown, wrong or missing. */
export function invalidOption(message: string): MailSyntaxError {
  return new MailSyntaxError("invalid-option", message);
}
