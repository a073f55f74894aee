import { MailsealError } from "@mailseal/errors";

/** Each code is documented in the README. */
export type StatisticsErrorCode = "invalid-option" | "invalid-snapshot";

/** Misuse, or text that is no snapshot. Recording an event never throws. */
export class StatisticsError extends MailsealError {
  declare readonly code: StatisticsErrorCode;

  constructor(code: StatisticsErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.name = "StatisticsError";
  }
}
