import { MailsealError } from "@mailseal/errors";

/** What stops a program from starting; "health" if a running one does not serve. */
export type ServiceErrorCode = "admin" | "config" | "health" | "listen";

/**
 * A program cannot start, because its config file, an address to listen on, or its admin token cannot be used; or a check of
 * its health failed.
 */
export class ServiceError extends MailsealError {
  declare readonly code: ServiceErrorCode;

  constructor(code: ServiceErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.name = "ServiceError";
  }
}
