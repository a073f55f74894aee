import { MailsealError } from "@mailseal/errors";

/** The README lists what each code means. */
export type VerificationErrorCode = "bad-option" | "verification-finished";

/**
 * The verifier was misused. What a message or DNS contains is never thrown.
 *
 * ```ts
 * try {
 *   await verify(message, { keys, now: Number.NaN });
 * } catch (error) {
 *   if (error instanceof VerificationError) console.error(error.code, error.message);
 * }
 * ```
 */
export class VerificationError extends MailsealError {
  /** What is wrong. */
  declare readonly code: VerificationErrorCode;

  /** `message`: what went wrong, what was expected, and what to do. */
  constructor(code: VerificationErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.name = "VerificationError";
  }
}

/** The error for an option that is unknown, wrong or missing. */
export function badOption(message: string): VerificationError {
  return new VerificationError("bad-option", message);
}
