import { MailsealError } from "@mailseal/errors";

/** The README lists what each code means. */
export type KeyErrorCode =
  | "algorithm-mismatch"
  | "bad-option"
  | "key-encrypted"
  | "key-exponent"
  | "key-size"
  | "key-type"
  | "key-unreadable"
  | "key-version"
  | "key-weak"
  | "passphrase-wrong";

/**
 * A key or an option cannot be used. The error never carries bytes of the key, nor the error of the library that
 * read it.
 *
 * ```ts
 * try {
 *   loadPrivateKey("not a key");
 * } catch (error) {
 *   if (error instanceof KeyError) console.error(error.code); // key-unreadable
 * }
 * ```
 */
export class KeyError extends MailsealError {
  /** What is wrong with the key. */
  declare readonly code: KeyErrorCode;

  /** `message`: what went wrong, what was expected, and what to do. */
  constructor(code: KeyErrorCode, message: string) {
    super(code, message);
    this.name = "KeyError";
  }
}

/** The error for an option that is unknown, wrong or missing. */
export function badOption(message: string): KeyError {
  return new KeyError("bad-option", message);
}
