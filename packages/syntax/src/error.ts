/**
 * An API was misused, or a limit that protects the caller was passed. Never thrown for what a message
 * contains otherwise: what can be wrong with content is a value.
 */
export class MailsealError extends Error {
  /** Stable, for programs; each is documented in the README of the package that throws it. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "MailsealError";
    this.code = code;
  }
}
