import { MailsealError } from "@mailseal/errors";

/** The README lists what each code means. */
export type VerificationErrorCode = "bad-option" | "verification-finished";

/** The verifier was misused. What a message or DNS contains is never thrown. */
export class VerificationError extends MailsealError {
  declare readonly code: VerificationErrorCode;

  constructor(code: VerificationErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.name = "VerificationError";
  }
}

/** The error for an option that is unknown, wrong or missing. */
export function badOption(message: string): VerificationError {
  return new VerificationError("bad-option", message);
}
