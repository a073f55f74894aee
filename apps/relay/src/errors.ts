import { MailsealError } from "@mailseal/errors";

/**
 * An admin address that is open to others, a child process that cannot start, an unknown group of the milter socket, a
 * file of logins that cannot be used.
 */
export type RelayErrorCode = "admin" | "child-process" | "socket-group" | "users-file";

/** The relay cannot start or reload with its config. */
export class RelayError extends MailsealError {
  declare readonly code: RelayErrorCode;

  constructor(code: RelayErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.name = "RelayError";
  }
}
