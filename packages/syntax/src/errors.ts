import { MailsealError } from "@mailseal/errors";

/** The README lists what each code means. */
export type MailSyntaxErrorCode = "header-too-large" | "invalid-option" | "too-many-fields";

/**
 * A function was given a value that no field can hold, or a header exceeds a limit. Any other content of a
 * message is never a reason to throw.
 */
export class MailSyntaxError extends MailsealError {
  declare readonly code: MailSyntaxErrorCode;

  constructor(code: MailSyntaxErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.name = "MailSyntaxError";
  }
}
