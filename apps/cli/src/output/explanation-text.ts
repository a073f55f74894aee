import { clip, paint, wrap } from "@mailseal/service/terminal";
import { printable } from "@mailseal/syntax";
import {
  type Cause,
  type Change,
  type ExplainedSignature,
  type Explanation,
  isProven,
  remedies,
} from "@mailseal/verifier/explain";
import { nameOf } from "../files/input.ts";
import { verdictText } from "./report-text.ts";

const indent = "    ";
const mostLines = 8;

/** An explanation for people: each signature with its causes, the changed lines, and what to do. */
export function explanationText(file: string, explanation: Explanation): string {
  const { signatures, hypotheses, bounded } = explanation;
  const tested = `${hypotheses.toLocaleString("en")} hypotheses tested${bounded ? ", then the limit was reached" : ""}.`;
  return [
    paint("bold", printable(nameOf(file))),
    ...signatures.map((signature, index) => signatureText(signature, signatures[index - 1])),
    ...(signatures.length === 0
      ? [wrap("Not signed: the message has no DKIM-Signature field.", "  ")]
      : []),
    ...(hypotheses === 0 ? [] : [paint("dim", wrap(tested, "  "))]),
  ].join("\n");
}

/** Several signatures of one message usually break for the same causes, which are printed once. */
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

/** A diff from the signed to the received lines; unchanged lines around it are dim. */
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

/** The columns of unchanged text to show before a difference. */
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

/** Makes tabs and trailing spaces visible, which often differ and are never seen. */
function visibleWhiteSpace(line: string): string {
  return line.replaceAll("\\u0009", "→").replace(/ +$/, (blanks) => "·".repeat(blanks.length));
}
