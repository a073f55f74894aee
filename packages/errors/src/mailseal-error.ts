/**
 * The base class of every error that a Mailseal package throws on purpose: an API was misused, a limit was
 * passed, or something outside (a disk, a server, a key file) cannot be used. Its message is one line for
 * the person who can mend that. Any other error is a defect.
 *
 * What a message contains is never thrown for: what can be wrong with content is a value.
 *
 * ```ts
 * class LedgerError extends MailsealError {
 *   declare readonly code: "ledger-full" | "ledger-closed";
 * }
 *
 * throw new LedgerError("ledger-full", "the ledger has no room: expected fewer than 1000 entries");
 * ```
 */
export class MailsealError extends Error {
  /** Stable, for programs to compare. The README of the package that throws it lists its codes. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "MailsealError";
    this.code = code;
  }
}
