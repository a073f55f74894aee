import { MailsealError } from "@mailseal/errors";

/** What can be wrong with a key. Each code is documented in the README. */
export type KeyErrorCode =
  | "algorithm-mismatch"
  | "key-encrypted"
  | "key-exponent"
  | "key-size"
  | "key-type"
  | "key-unreadable"
  | "key-weak"
  | "passphrase-wrong";

/** A key cannot be used. Never carries bytes of the key, nor the error of the library that read it. */
export class KeyError extends MailsealError {
  declare readonly code: KeyErrorCode;

  constructor(code: KeyErrorCode, message: string) {
    super(code, message);
    this.name = "KeyError";
  }
}
