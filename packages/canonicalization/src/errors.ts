import { MailsealError } from "@mailseal/errors";

/** The README lists what each code means. */
export type CanonicalizationErrorCode = "bad-option";

/**
 * An option is unknown, wrong or missing. Nothing here throws for content.
 *
 * ```ts
 * try {
 *   new BodyHasher({ canonicalization: "loose" as "relaxed", hash: "sha256" });
 * } catch (error) {
 *   if (error instanceof CanonicalizationError) console.error(error.code, error.message);
 * }
 * ```
 */
export class CanonicalizationError extends MailsealError {
  /** What is wrong. */
  declare readonly code: CanonicalizationErrorCode;

  /** `message`: what went wrong, what was expected, and what to do. */
  constructor(code: CanonicalizationErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.name = "CanonicalizationError";
  }
}

/** The error for an option that is unknown, wrong or missing. */
export function badOption(message: string): CanonicalizationError {
  return new CanonicalizationError("bad-option", message);
}
