import { type Message, messageBytes } from "@mailseal/syntax";
import type { VerifyOptions } from "./options.ts";
import type { VerificationReport } from "./verdict.ts";
import { Verification } from "./verification.ts";

/**
 * Verifies every DKIM signature of a message that is in memory, as bytes, as text (in UTF-8), or split by
 * `splitMessage` of `@mailseal/syntax`. Resolves to one verdict for each DKIM-Signature field; never rejects for what the
 * message or DNS contains.
 *
 * A message whose lines end with LF alone, as in a Unix file, is verified as it was sent, with CRLF.
 */
export async function verify(
  message: string | Uint8Array | Message,
  options: VerifyOptions,
): Promise<VerificationReport> {
  if (typeof message === "object" && "fields" in message) {
    return new Verification(options, message).finish();
  }
  const verification = new Verification(options);
  verification.write(messageBytes(message));
  return verification.finish();
}
