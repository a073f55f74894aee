import { MailsealError } from "@mailseal/errors";

/** The README lists what each code means. */
export type PolicyErrorCode = "bad-option" | "hooks-module" | "key-database";

/**
 * An option, or the hooks or the key database that the config names, cannot be used.
 *
 * ```ts
 * try {
 *   await createPipeline(config, deps);
 * } catch (error) {
 *   if (error instanceof PolicyError && error.code === "key-database") console.error(error.message);
 *   else throw error;
 * }
 * ```
 */
export class PolicyError extends MailsealError {
  declare readonly code: PolicyErrorCode;

  constructor(code: PolicyErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.name = "PolicyError";
  }
}
