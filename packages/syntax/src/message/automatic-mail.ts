import { checkSplit, fieldValue, type Message } from "./message.ts";

const bulkPrecedences: ReadonlySet<string> = new Set(["bulk", "list", "junk"]);

/** RFC 2369 and RFC 2919. */
const listFields: readonly string[] = [
  "list-id",
  "list-help",
  "list-subscribe",
  "list-unsubscribe",
  "list-post",
  "list-owner",
  "list-archive",
];

/**
 * Whether the header says that a program or a list sent the message (RFC 3834 2, RFC 2076 3.9, RFC 2369).
 * An answer to it may start a loop, or reach many people who wrote nothing. Every field of a name counts, not
 * only the first.
 *
 * ```ts
 * isAutomaticMail(splitMessage(Buffer.from("Auto-Submitted: auto-replied\r\n\r\n"))); // true
 * ```
 */
export function isAutomaticMail(message: Message): boolean {
  checkSplit(message);
  const values = (key: string): readonly string[] =>
    (message.byKey.get(key) ?? []).map((field) => firstWord(fieldValue(message, field)));
  return (
    values("auto-submitted").some((value) => value !== "no") ||
    values("precedence").some((value) => bulkPrecedences.has(value)) ||
    listFields.some((key) => message.byKey.has(key))
  );
}

/** Without parameters and comments, in lower case. */
function firstWord(value: string): string {
  return /^[\s]*([^\s;(]*)/.exec(value)?.[1]?.toLowerCase() ?? "";
}
