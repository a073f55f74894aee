import type {
  Cause,
  CauseCode,
  Change,
  ExplainedSignature,
  Explanation,
} from "@mailseal/verifier/explain";
import { nameOf } from "./input.ts";
import { verdictText } from "./report-text.ts";
import { clip, paint, printable, wrap } from "./terminal.ts";

const indent = "    ";
const mostLines = 8;

/** What an administrator would do about each cause. */
const remedies: Readonly<Record<CauseCode, string>> = {
  "body-appended":
    "Find who appends this text (a mailing list, a disclaimer or antivirus gateway): have it sign the message itself after the change, or stop the change for signed mail.",
  "body-truncated":
    "Look for a size limit or a broken transfer between signing and here; the part that was cut off is lost.",
  "body-trailing-blank-lines":
    "A gateway adds lines of white space at the end: stop that, or sign with relaxed body canonicalization.",
  "body-whitespace":
    "A gateway changes white space: sign with relaxed body canonicalization (c=relaxed/relaxed).",
  "body-line-endings":
    "Sign after line endings are CRLF, and check the program that hands the message on: SMTP carries CRLF only.",
  "body-reencoded":
    "A relay converts the transfer encoding or charset: sign after it, or send mail in 7bit encodings (quoted-printable, base64) that no relay needs to convert.",
  "body-edited":
    "Find the gateway that edits the body (it removes attachments, rewrites links, adds warnings): sign after it, or have it leave signed mail alone.",
  "field-added":
    "Find who adds the field: sign after it, or leave the field out of the oversigned ones.",
  "field-removed": "Find who removes the field: sign after it, or do not sign the field.",
  "field-edited":
    "Find who rewrites the field (a mailing list, a spam filter, a relay that normalises): sign after it, or have it sign again.",
  "field-refolded":
    "A relay writes the field anew: sign with relaxed header canonicalization, and after the last program that rewrites headers.",
  "field-reordered":
    "A relay reorders repeated fields: sign after it, or sign fewer instances of the field.",
  "wrong-canonicalization":
    "The signer's c= does not say what it does, or c= was changed on the way: correct the signer's configuration.",
  "wrong-key":
    "Publish the public key that belongs to the signing key at this selector, or sign with the key that is published; keep an old key published for a week after a change.",
  "no-key": "Publish the key record at the name above, or correct the selector the signer uses.",
  "key-malformed": "Correct the key record at the name above; `mailseal record lint` checks it.",
  "key-revoked":
    "The domain withdrew this key: sign with a current one. Mail that was signed before cannot be verified any more.",
  "dns-failure": "Try again later; if it persists, the domain's DNS servers need attention.",
  expired: "The signature was valid for a time only: deliver sooner, or sign with a later x=.",
  policy: "The signature is sound; it is the rule of this verifier that is not met.",
  "not-determined":
    "Compare the message with the one that was sent: ask the sender for a copy, or sign with z= (copied fields) for a while.",
};

/** An explanation for a person: each signature, what happened to it, the lines, and what to do. */
export function explanationText(file: string, explanation: Explanation): string {
  const { signatures, hypotheses, bounded } = explanation;
  const tested = `${hypotheses.toLocaleString("en")} hypotheses tested${bounded ? ", then the bound was reached" : ""}.`;
  return [
    paint("bold", printable(nameOf(file))),
    ...signatures.map((signature, index) => signatureText(signature, signatures[index - 1])),
    ...(signatures.length === 0
      ? [wrap("Not signed: the message has no DKIM-Signature field.", "  ")]
      : []),
    ...(hypotheses === 0 ? [] : [paint("dim", wrap(tested, "  "))]),
  ].join("\n");
}

/** Several signatures of one message mostly broke for one reason: it is told once. */
function signatureText(
  signature: ExplainedSignature,
  before: ExplainedSignature | undefined,
): string {
  const { causes } = signature;
  const isSame = causes.length > 0 && identityOf(causes) === identityOf(before?.causes ?? []);
  return [
    verdictText(signature),
    ...(isSame
      ? [wrap("For the same causes as the signature above.", "  ")]
      : causes.map(causeText)),
  ].join("\n");
}

function identityOf(causes: readonly Cause[]): string {
  return JSON.stringify(causes.map(({ code, field, detail }) => [code, field, detail]));
}

function causeText(cause: Cause): string {
  const { code, field, detail, evidence, changes = [] } = cause;
  const name = field === undefined ? code : `${code} ${field}`;
  const sentence = `${detail.charAt(0).toUpperCase()}${detail.slice(1)}.`;
  return [
    `  ${paint("yellow", printable(name))}`,
    wrap(printable(sentence), indent),
    ...changes.slice(0, 3).flatMap(changeText),
    wrap(`${isProven(code) ? "Proof" : "Known"}: ${printable(evidence)}.`, indent),
    wrap(`What to do: ${remedies[code]}`, indent),
  ].join("\n");
}

function isProven(code: CauseCode): boolean {
  return code.startsWith("body-") || code.startsWith("field-") || code === "wrong-canonicalization";
}

/** As a diff from what was signed to what was received; lines that are alike around it are dim. */
function changeText({ received, signed }: Change): readonly string[] {
  const [before, after] = [shownLines(signed), shownLines(received)];
  const head = alike(before, after);
  const tail = alike(before.slice(head).toReversed(), after.slice(head).toReversed());
  const removed = before.slice(head, before.length - tail);
  const added = after.slice(head, after.length - tail);
  const from = removed.length === 1 && added.length === 1 ? windowStart(removed, added) : 0;
  return [
    ...before.slice(0, head).map((line) => paint("dim", clip(`  ${line}`, indent))),
    ...removed.map((line) => paint("red", clip(`- ${cutStart(line, from)}`, indent))),
    ...added.map((line) => paint("green", clip(`+ ${cutStart(line, from)}`, indent))),
    ...before.slice(before.length - tail).map((line) => paint("dim", clip(`  ${line}`, indent))),
  ];
}

function alike(ones: readonly string[], others: readonly string[]): number {
  let count = 0;
  while (count < Math.min(ones.length, others.length) && ones[count] === others[count]) {
    count++;
  }
  return count;
}

/** Columns of text that is alike before a difference, so that the difference is seen. */
const shownBefore = 24;

function windowStart([one = ""]: readonly string[], [other = ""]: readonly string[]): number {
  const same = alike(Array.from(one), Array.from(other));
  return same > shownBefore * 2 ? same - shownBefore : 0;
}

function cutStart(line: string, from: number): string {
  return from === 0 ? line : `…${Array.from(line).slice(from).join("")}`;
}

function shownLines(text: string | undefined): readonly string[] {
  if (text === undefined || text === "") {
    return [];
  }
  const readable = Buffer.from(text, "latin1").toString("utf8");
  const lines = readable.replace(/\r?\n$/, "").split(/\r?\n/);
  const shown = lines.slice(0, mostLines).map((line) => visibleWhiteSpace(printable(line)));
  return lines.length > mostLines ? [...shown, `(${lines.length - mostLines} more lines)`] : shown;
}

/** Blanks at the end of a line, and tabs, are what differs often and is never seen. */
function visibleWhiteSpace(line: string): string {
  return line.replaceAll("\\u0009", "→").replace(/ +$/, (blanks) => "·".repeat(blanks.length));
}
