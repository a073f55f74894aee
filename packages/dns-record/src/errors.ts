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

/** A name, zone or option cannot be used. What DNS answers is never thrown. */
export class DnsRecordError extends MailsealError {
  declare readonly code: DnsRecordErrorCode;

  constructor(code: DnsRecordErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.name = "DnsRecordError";
  }
}

/** The error for an option that is unknown, wrong or missing. */
export function invalidOption(message: string): DnsRecordError {
  return new DnsRecordError("invalid-option", message);
}
