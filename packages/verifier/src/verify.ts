import type { VerifyOptions } from "./options.ts";
import type { VerificationReport } from "./verdict.ts";
import { Verification } from "./verification.ts";

/**
 * Verifies every DKIM signature of a message that is in memory. Resolves to one verdict for each
 * DKIM-Signature field; never rejects for what the message or DNS contains.
 *
 * A message whose lines end with LF alone, as in a Unix file, is taken as it was sent, with CRLF.
 */
export async function verify(
  message: Uint8Array,
  options: VerifyOptions,
): Promise<VerificationReport> {
  const verification = new Verification(options);
  verification.write(message);
  return verification.finish();
}
