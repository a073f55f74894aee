import { MailsealError } from "@mailseal/errors";

/** What stops a program from starting. */
export type ServiceErrorCode = "admin" | "config" | "listen";

/** A program cannot start: its config file, an address to listen on, or its admin token cannot be used. */
export class ServiceError extends MailsealError {
  declare readonly code: ServiceErrorCode;

  constructor(code: ServiceErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.name = "ServiceError";
  }
}
