import { MailsealError } from "@mailseal/errors";

/** The README lists what each code means. */
export type CanonicalizationErrorCode = "bad-option";

/** An option is unknown, wrong or missing. Nothing here throws for content. */
export class CanonicalizationError extends MailsealError {
  declare readonly code: CanonicalizationErrorCode;

  constructor(code: CanonicalizationErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.name = "CanonicalizationError";
  }
}

/** The error for an option that is unknown, wrong or missing. */
export function badOption(message: string): CanonicalizationError {
  return new CanonicalizationError("bad-option", message);
}
