import { MailsealError } from "@mailseal/errors";

/** The README lists what each code means. */
export type PolicyErrorCode = "bad-option" | "hooks-module" | "key-database";

/** An option, or the hooks or the key database that the config names, cannot be used. */
export class PolicyError extends MailsealError {
  declare readonly code: PolicyErrorCode;

  constructor(code: PolicyErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.name = "PolicyError";
  }
}
