import {
  asciiLine,
  type authservIdClaim,
  fieldValue,
  type Message,
  type NewField,
  newField,
} from "@mailseal/syntax";
import { authenticationResultsField, type VerificationReport } from "@mailseal/verifier";
import { removalsOf } from "../pipeline/mail.ts";
import type { Disposition, FieldRemoval } from "../pipeline/mail.ts";

/** Whether a field's value claims our authserv-id. */
export type AuthservIdClaim = ReturnType<typeof authservIdClaim>;

/** The field of a message in quarantine, for whoever files it; its value is the reason. */
export const quarantineField = "X-Mailseal-Quarantine";

/** The Authentication-Results fields that could be taken for ours and are not (RFC 8601 5). */
export function forgedResults(message: Message, isClaimed: AuthservIdClaim): FieldRemoval[] {
  return removalsOf(message, "authentication-results", (field) =>
    isClaimed(fieldValue(message, field)),
  );
}

/** What only we may say of a message that comes in, and somebody else did: it goes. */
export function forgedFields(
  message: Message,
  isClaimed: AuthservIdClaim,
): readonly FieldRemoval[] {
  const quarantined = removalsOf(message, quarantineField.toLowerCase(), () => true);
  return [...forgedResults(message, isClaimed), ...quarantined].toSorted(
    (one, other) => one.start - other.start,
  );
}

/** The fields that report what was found. */
export function traceFields(
  report: VerificationReport,
  authservId: string,
  disposition: Disposition,
): readonly NewField[] {
  const results = newField(authenticationResultsField(report, authservId));
  return disposition.action === "quarantine"
    ? [{ name: quarantineField, value: ` ${asciiLine(disposition.reason)}` }, results]
    : [results];
}
