import { CfwsScanner } from "./cfws-scanner.ts";
import { toAsciiDomain } from "./domain-name.ts";
import { MailsealError } from "./error.ts";
import { fieldValue, splitMessage } from "./message.ts";
import { decodeUtf8Text } from "./utf8.ts";

/**
 * Removes the Authentication-Results fields that claim to come from `authservId`, as whoever adds
 * its own must (RFC 8601 5). Ids are compared without case and as A-labels.
 *
 * A malformed field is removed too where it begins with the id, since a reader laxer than this one
 * might believe it. Fields of others stay, and so does every other byte; the same array comes back
 * where nothing is removed.
 *
 * @throws MailsealError "invalid-option" for an empty id.
 */
export function removeAuthenticationResults(bytes: Uint8Array, authservId: string): Uint8Array {
  const wanted = comparable(authservId);
  if (wanted === "") {
    throw new MailsealError(
      "invalid-option",
      "expected an authserv-id such as mx.example.org, got none",
    );
  }
  const message = splitMessage(bytes);
  const doomed = (message.byKey.get("authentication-results") ?? []).filter((field) => {
    const raw = fieldValue(message, field);
    return claims(decodeUtf8Text(raw) ?? raw, wanted);
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

function claims(text: string, wanted: string): boolean {
  const scanner = new CfwsScanner(text);
  scanner.skipCfws();
  const start = scanner.at;
  const id = scanner.value() ?? leadingName(text.slice(start, start + MAX_ID));
  return comparable(id) === wanted;
}

/** The name behind a quote or comment without its end, a control character or other junk. */
function leadingName(text: string): string {
  return /^[^\w.\-\u0080-\uffff;]*([\w.\-\u0080-\uffff]*)/.exec(text)?.[1] ?? "";
}

/** More than any domain name or token worth comparing. */
const MAX_ID = 1000;

function comparable(id: string): string {
  const trimmed = id.endsWith(".") ? id.slice(0, -1) : id;
  return (trimmed.length > 253 ? undefined : toAsciiDomain(trimmed)) ?? trimmed.toLowerCase();
}
