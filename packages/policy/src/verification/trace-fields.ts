import { type Message, rawField, removeAuthenticationResults } from "@mailseal/syntax";
import { authenticationResultsField, type VerificationReport } from "@mailseal/verifier";
import { removalsOf } from "../field-removal.ts";
import type { Disposition, FieldRemoval } from "../mail.ts";
import { printableLine } from "../printable.ts";

/** The field of a message in quarantine, for whoever files it; its value is the reason. */
export const quarantineField = "X-Mailseal-Quarantine";

/** What only we may say of a message, and somebody else did: it goes (RFC 8601 5). */
export function forgedFields(message: Message, authservId: string): readonly FieldRemoval[] {
  const claimsOurs = removalsOf(
    message,
    "authentication-results",
    (field) => removeAuthenticationResults(rawField(message, field), authservId).length === 0,
  );
  const quarantined = removalsOf(message, quarantineField.toLowerCase(), () => true);
  return [...claimsOurs, ...quarantined].toSorted((one, other) => one.start - other.start);
}

/** The fields that tell what was found, each with its CRLF. */
export function traceFields(
  report: VerificationReport,
  authservId: string,
  disposition: Disposition,
): string {
  const results = `${authenticationResultsField(report, authservId)}\r\n`;
  return disposition.action === "quarantine"
    ? `${quarantineField}: ${printableLine(disposition.reason)}\r\n${results}`
    : results;
}
