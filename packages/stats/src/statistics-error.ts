/** Each code is documented in the README. */
export type StatisticsErrorCode = "invalid-option" | "invalid-snapshot";

/** Misuse, or text that is no snapshot. Recording an event never throws. */
export class StatisticsError extends Error {
  readonly code: StatisticsErrorCode;

  constructor(code: StatisticsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StatisticsError";
    this.code = code;
  }
}
