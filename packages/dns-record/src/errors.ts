import { MailsealError } from "@mailseal/errors";

/** The README lists what each code means. */
export type DnsRecordErrorCode =
  | "bad-domain"
  | "bad-name"
  | "bad-selector"
  | "bad-server"
  | "bad-text"
  | "bad-url"
  | "bad-zone"
  | "invalid-option"
  | "name-too-long";

/**
 * A name, zone or option cannot be used. What DNS answers is never thrown.
 *
 * ```ts
 * try {
 *   keyRecordName("mail 2026", "example.com");
 * } catch (error) {
 *   if (error instanceof DnsRecordError) console.error(error.code); // bad-selector
 * }
 * ```
 */
export class DnsRecordError extends MailsealError {
  /** What is wrong. */
  declare readonly code: DnsRecordErrorCode;

  /** `message`: what went wrong, what was expected, and what to do. */
  constructor(code: DnsRecordErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.name = "DnsRecordError";
  }
}

/** The error for an option that is unknown, wrong or missing. */
export function invalidOption(message: string): DnsRecordError {
  return new DnsRecordError("invalid-option", message);
}
