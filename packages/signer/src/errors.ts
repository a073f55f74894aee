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
 *
 * ```ts
 * try {
 *   signer.sign(message);
 * } catch (error) {
 *   if (error instanceof SigningError && error.code === "no-from") console.error("no From field");
 * }
 * ```
 */
export class SigningError extends MailsealError {
  /** Why the message cannot be signed. */
  declare readonly code: SigningErrorCode;

  /** `message`: what went wrong, what was expected, and what to do. */
  constructor(code: SigningErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.name = "SigningError";
  }
}

/** Options whose values have a code of their own. */
const codes: ReadonlyMap<string, SigningErrorCode> = new Map([
  ["algorithm", "unknown-algorithm"],
  ["baseDomain", "bad-domain"],
  ["bodyLength", "bad-body-length"],
  ["canonicalization", "unknown-canonicalization"],
  ["domain", "bad-domain"],
  ["expireAfterSeconds", "bad-expiration"],
  ["identity", "bad-identity"],
  ["selector", "bad-selector"],
  ["timestamp", "bad-timestamp"],
]);

/** The error for an option that is unknown, wrong or missing. `option`: as in `signatures[1].selector`. */
export function badOption(message: string, option = ""): SigningError {
  const code = codes.get(option.slice(option.indexOf(".") + 1));
  return new SigningError(code ?? "bad-option", message);
}
