import { splitMessage } from "../message/header-reader.ts";
import { fieldValue, rawField } from "../message/message.ts";
import { authservIdClaim, hiddenFields } from "./authserv-id-claim.ts";

const cr = 0x0d;
const lf = 0x0a;

/**
 * Removes the Authentication-Results fields that claim to come from `authservId`. A server that adds its own
 * must do so (RFC 8601 5). Ids are compared without case and as A-labels.
 *
 * A field is removed if any reader could take it for one of `authservId`, however it hides the id: behind
 * Unicode white space, in an encoded word, behind junk, or in a value that cannot be parsed. So is a field of
 * any name in which a bare CR starts such a field. Other fields and all other bytes stay; the same array is
 * returned if nothing is removed.
 *
 * ```ts
 * const trusted = removeAuthenticationResults(bytes, "mx.example.net");
 * ```
 *
 * @throws MailSyntaxError "invalid-option" for an empty id.
 */
export function removeAuthenticationResults(bytes: Uint8Array, authservId: string): Uint8Array {
  const isClaimed = authservIdClaim(authservId);
  const message = splitMessage(bytes);
  const doomed = message.fields.filter((field) => {
    const isResult = field.key === "authentication-results";
    if (!isResult && !hasBareCr(rawField(message, field))) return false;
    const value = fieldValue(message, field);
    return isResult ? isClaimed(value) : hiddenFields(value).some(isClaimed);
  });
  if (doomed.length === 0) return bytes;
  const removed = doomed.reduce((sum, field) => sum + field.end - field.start, 0);
  const kept = new Uint8Array(bytes.length - removed);
  let from = 0;
  let written = 0;
  for (const { start, end } of doomed) {
    kept.set(bytes.subarray(from, start), written);
    written += start - from;
    from = end;
  }
  kept.set(bytes.subarray(from), written);
  return kept;
}

/** Whether a reader for whom a bare CR ends a line could see more fields in this one. */
function hasBareCr(field: Uint8Array): boolean {
  for (let at = field.indexOf(cr); at >= 0; at = field.indexOf(cr, at + 1)) {
    if (field[at + 1] !== lf) return true;
  }
  return false;
}
