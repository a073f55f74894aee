import {
  type Cause,
  type Change,
  type ExplainedSignature,
  type Explanation,
  isProven,
  remedies,
} from "@mailseal/verifier/explain";
import { nameOf } from "./input.ts";
import { verdictText } from "./report-text.ts";
import { clip, paint, printable, wrap } from "./terminal.ts";

const indent = "    ";
const mostLines = 8;

/** An explanation for a person: each signature, what happened to it, the lines, and what to do. */
export function explanationText(file: string, explanation: Explanation): string {
  const { signatures, hypotheses, bounded } = explanation;
  const tested = `${hypotheses.toLocaleString("en")} hypotheses tested${bounded ? ", then the bound was reached" : ""}.`;
  return [
    paint("bold", printable(nameOf(file))),
    ...signatures.map(signatureText),
    ...(signatures.length === 0
      ? [wrap("Not signed: the message has no DKIM-Signature field.", "  ")]
      : []),
    ...(hypotheses === 0 ? [] : [paint("dim", wrap(tested, "  "))]),
  ].join("\n");
}

function signatureText(signature: ExplainedSignature): string {
  return [verdictText(signature), ...signature.causes.map(causeText)].join("\n");
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

/** As a diff from what was signed to what was received. */
function changeText({ received, signed }: Change): readonly string[] {
  return [
    ...shownLines(signed).map((line) => paint("red", clip(`- ${line}`, indent))),
    ...shownLines(received).map((line) => paint("green", clip(`+ ${line}`, indent))),
  ];
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
