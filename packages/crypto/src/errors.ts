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

/** A key or an option cannot be used. The error never carries bytes of the key, nor the error of the library that read it. */
export class KeyError extends MailsealError {
  declare readonly code: KeyErrorCode;

  constructor(code: KeyErrorCode, message: string) {
    super(code, message);
    this.name = "KeyError";
  }
}

/** The error for an option that is unknown, wrong or missing. */
export function badOption(message: string): KeyError {
  return new KeyError("bad-option", message);
}
