import type { Reply } from "@mailseal/delivery";
import { type MessageChanges, type SmtpReply, smtpReply } from "@mailseal/milter";
import type { Processed } from "@mailseal/policy";

/** RFC 5321 4.5.3.1.5 bounds a line at 512 octets; code, enhanced code and line end are among them. */
const longestText = 480;

/**
 * What Sendmail adds itself where it is absent: it takes a field that is added at the end for its own, and of one that is
 * inserted it knows nothing, so that there would be two.
 */
const ofTheMta: ReadonlySet<string> = new Set(["date", "message-id"]);

/** Has the MTA change the message as the pipeline decided. */
export function applyChanges(
  changes: MessageChanges,
  { prepend, remove }: Pick<Processed, "prepend" | "remove">,
): void {
  // Deletions first, and from the bottom up: no count is moved by one before it.
  for (const { name, occurrence } of remove.toSorted((a, b) => b.start - a.start)) {
    changes.deleteHeader(name, occurrence);
  }
  // Of two insertions at one index the later stands above.
  for (const { name, value } of prepend.toReversed()) {
    if (ofTheMta.has(name.toLowerCase())) changes.addHeader(name, value);
    else changes.insertHeader(0, name, value);
  }
}

/** A refusal in words that every MTA takes: one line of ASCII. */
export function refusalAnswer({ code, enhancedCode, text }: Reply): SmtpReply {
  const line = text.replaceAll(/[^ -~]/g, "?").slice(0, longestText);
  return smtpReply({ code, text: line, ...(enhancedCode === undefined ? {} : { enhancedCode }) });
}
