import { MailsealError } from "@mailseal/errors";

/** A child process that cannot start, an unknown group of the milter socket, a file of logins that cannot be used. */
export type RelayErrorCode = "child-process" | "socket-group" | "users-file";

/** The relay cannot start or reload with its config. */
export class RelayError extends MailsealError {
  declare readonly code: RelayErrorCode;

  constructor(code: RelayErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.name = "RelayError";
  }
}
