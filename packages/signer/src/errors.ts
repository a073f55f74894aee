import { MailsealError } from "@mailseal/errors";

/** What can go wrong before a signature exists. Each code is documented in the README. */
export type SigningErrorCode =
  | "algorithm-mismatch"
  | "bad-body-length"
  | "bad-domain"
  | "bad-expiration"
  | "bad-field-name"
  | "bad-identity"
  | "bad-line-endings"
  | "bad-option"
  | "bad-selector"
  | "bad-timestamp"
  | "from-not-signed"
  | "identity-mismatch"
  | "key-too-short"
  | "no-from"
  | "no-signature"
  | "several-from"
  | "stream-finished"
  | "unknown-algorithm"
  | "unknown-canonicalization"
  | "unknown-signer";

/**
 * Signing was refused: by the options, or because the message must not be signed as it is.
 * Never carries key material or message content beyond a field name.
 */
export class SigningError extends MailsealError {
  declare readonly code: SigningErrorCode;

  constructor(code: SigningErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.name = "SigningError";
  }
}
