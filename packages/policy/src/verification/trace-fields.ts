import {
  asciiLine,
  type authservIdClaim,
  fieldValue,
  type Message,
  type NewField,
  newField,
} from "@mailseal/syntax";
import { authenticationResultsField, type VerificationReport } from "@mailseal/verifier";
import { type Disposition, type FieldRemoval, removalsOf } from "../pipeline/mail.ts";

/** Whether the value of a field claims our authserv-id. */
export type AuthservIdClaim = ReturnType<typeof authservIdClaim>;

/**
 * The field that marks a message for quarantine, for the software that files it; its value is the reason.
 *
 * ```ts
 * const isQuarantined = message.byKey.has(quarantineField.toLowerCase());
 * ```
 */
export const quarantineField = "X-Mailseal-Quarantine";

/** Authentication-Results fields that others wrote and readers could take for ours (RFC 8601 5). */
export function forgedResults(message: Message, isClaimed: AuthservIdClaim): FieldRemoval[] {
  return removalsOf(message, "authentication-results", (field) =>
    isClaimed(fieldValue(message, field)),
  );
}

/** Fields of an inbound message that only we may write and somebody else wrote; they are removed. */
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
