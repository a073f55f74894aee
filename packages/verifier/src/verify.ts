import { argumentCheck } from "@mailseal/errors";
import { isSplitMessage, type Message, messageBytes } from "@mailseal/syntax";
import { badOption } from "./errors.ts";
import type { VerifyOptions } from "./options.ts";
import type { VerificationReport } from "./verdict.ts";
import { Verification } from "./verification.ts";

/** @internal */
export const checkMessage: (message: unknown) => void = argumentCheck(
  "message",
  {
    expected: "bytes (a Uint8Array), text, or a message that splitMessage has split",
    accepts: (it) => typeof it === "string" || it instanceof Uint8Array || isSplitMessage(it),
  },
  badOption,
);

/**
 * Verifies every DKIM signature of a message that is in memory, as bytes, as text (in UTF-8), or split by
 * `splitMessage` of `@mailseal/syntax`. Resolves to one verdict for each DKIM-Signature field; never rejects for what the
 * message or DNS contains, but with a `VerificationError` "bad-option" for an option that is unknown, wrong or missing.
 *
 * A message whose lines end with LF alone, as in a Unix file, is verified as it was sent, with CRLF.
 *
 * ```ts
 * const { signatures } = await verify(message, { keys: keySource(nodeResolver()) });
 * const isTrusted = signatures.some(({ trusted, aligned }) => trusted && aligned !== "none");
 * ```
 */
export async function verify(
  message: string | Uint8Array | Message,
  options: VerifyOptions,
): Promise<VerificationReport> {
  checkMessage(message);
  if (typeof message === "object" && "fields" in message) {
    return new Verification(options, message).finish();
  }
  const verification = new Verification(options);
  verification.write(messageBytes(message));
  return verification.finish();
}
