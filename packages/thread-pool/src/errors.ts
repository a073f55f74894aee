import { MailsealError } from "@mailseal/errors";

/** Each code is documented in the README. */
export type PoolErrorCode =
  | "bad-option"
  | "pool-full"
  | "pool-closed"
  | "thread-failed"
  | "given-away";

/**
 * The pool could not run a task. Errors of the task itself are not of this class.
 *
 * ```ts
 * try {
 *   await pool.run(message);
 * } catch (error) {
 *   if (error instanceof PoolError && error.code === "pool-full") await pool.ready();
 *   else throw error;
 * }
 * ```
 */
export class PoolError extends MailsealError {
  declare readonly code: PoolErrorCode;

  constructor(code: PoolErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.name = "PoolError";
  }
}
