import { MailsealError } from "@mailseal/errors";

/** Each code is documented in the README. */
export type StatisticsErrorCode = "invalid-option" | "invalid-snapshot";

/**
 * An option is out of range, or a value is not a snapshot. Recording an event never throws.
 *
 * ```ts
 * try {
 *   parseSnapshot({});
 * } catch (error) {
 *   if (error instanceof StatisticsError) console.error(error.code); // "invalid-snapshot"
 * }
 * ```
 */
export class StatisticsError extends MailsealError {
  declare readonly code: StatisticsErrorCode;

  constructor(code: StatisticsErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.name = "StatisticsError";
  }
}

/** The error for an option that is unknown, wrong or missing. */
export function invalidOption(message: string): StatisticsError {
  return new StatisticsError("invalid-option", message);
}
