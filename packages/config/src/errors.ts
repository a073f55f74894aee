import { MailsealError } from "@mailseal/errors";

/** The README lists what each code means. */
export type ConfigErrorCode = "bad-option" | "recipients-file" | "senders-file" | "tls-file";

/**
 * A file that the config names, or an option of a function, cannot be used.
 *
 * ```ts
 * try {
 *   await readRecipients("/etc/mailseal/recipients");
 * } catch (error) {
 *   if (error instanceof ConfigError) console.error(error.code, error.message);
 * }
 * ```
 */
export class ConfigError extends MailsealError {
  declare readonly code: ConfigErrorCode;

  constructor(code: ConfigErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.name = "ConfigError";
  }
}

/** The error for an option that is unknown, wrong or missing. */
export function badOption(message: string): ConfigError {
  return new ConfigError("bad-option", message);
}
