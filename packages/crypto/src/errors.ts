import { MailsealError } from "@mailseal/errors";

/** The README lists what each code means. */
export type KeyErrorCode =
  | "algorithm-mismatch"
  | "key-encrypted"
  | "key-exponent"
  | "key-size"
  | "key-type"
  | "key-unreadable"
  | "key-version"
  | "key-weak"
  | "passphrase-wrong";

/** A key cannot be used. The error never carries bytes of the key, nor the error of the library that read it. */
export class KeyError extends MailsealError {
  declare readonly code: KeyErrorCode;

  constructor(code: KeyErrorCode, message: string) {
    super(code, message);
    this.name = "KeyError";
  }
}
