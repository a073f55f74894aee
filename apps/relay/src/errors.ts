import { MailsealError } from "@mailseal/errors";

/** What the relay refuses of its config: an admin address open to others, an unknown group of the milter socket, a file of logins. */
export type RelayErrorCode = "admin" | "socket-group" | "users-file";

/** The relay cannot use what its config names. */
export class RelayError extends MailsealError {
  declare readonly code: RelayErrorCode;

  constructor(code: RelayErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.name = "RelayError";
  }
}
