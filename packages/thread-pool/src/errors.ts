import { MailsealError } from "@mailseal/errors";

/** Each code is documented in the README. */
export type PoolErrorCode = "pool-full" | "pool-closed" | "thread-failed" | "given-away";

/** The pool could not do what was asked; the task itself was not at fault. */
export class PoolError extends MailsealError {
  declare readonly code: PoolErrorCode;

  constructor(code: PoolErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.name = "PoolError";
  }
}
