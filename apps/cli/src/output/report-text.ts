import { paint, wrap } from "@mailseal/service/terminal";
import { printable } from "@mailseal/syntax";
import type { Result, Verdict, VerificationReport } from "@mailseal/verifier";
import { nameOf } from "../files/input.ts";

const colours: Readonly<Record<Result, "green" | "red" | "yellow">> = {
  pass: "green",
  fail: "red",
  policy: "yellow",
  neutral: "yellow",
  temperror: "yellow",
  permerror: "red",
};

const column = "            ";

/** A report for people: the result of each signature, then one sentence about the message. */
export function reportText(file: string, report: VerificationReport): string {
  const from = report.from.length === 0 ? "(no address)" : report.from.join(", ");
  return [
    paint("bold", printable(nameOf(file))),
    wrap(`From: ${printable(from)}`, "  "),
    ...report.signatures.map(verdictText),
    wrap(conclusion(report), "  "),
  ].join("\n");
}

/** One signature with its result. */
export function verdictText(verdict: Verdict): string {
  const key = verdict.keyBits === undefined ? "" : ` ${verdict.keyBits} bits`;
  const who = [
    verdict.domain ?? "(no domain)",
    `selector ${verdict.selector ?? "(none)"}`,
    `${verdict.algorithm ?? "(no algorithm)"}${key}`,
    ...(verdict.testing ? ["testing key"] : []),
  ].join(", ");
  const result = paint(colours[verdict.result], verdict.result.padEnd(column.length - 2));
  const head = wrap(printable(who), column).slice(column.length);
  const why = wrap(`${printable(verdict.reason)} (${verdict.code})`, column);
  return `  ${result}${head}\n${why}`;
}

/** The first question of an administrator: which domain provably sent this mail? */
function conclusion({ from, signatures }: VerificationReport): string {
  const passing = signatures.filter(({ result }) => result === "pass");
  const proving = passing.find(({ aligned }) => aligned !== "none");
  if (proving !== undefined) {
    const how = proving.aligned === "strict" ? "which is" : "of the same organization as";
    const testing = proving.trusted ? "" : ", with a key that its domain marks as testing";
    return `Verified: ${proving.domain} signed this message${testing}, ${how} the domain in From.`;
  }
  if (passing.length > 0) {
    const domains = passing.map(({ domain }) => domain).join(", ");
    return `Verified, but the signature is by ${domains}, which does not authenticate ${printable(from.join(", "))}.`;
  }
  if (signatures.length === 0) {
    return "Not signed: the message has no DKIM-Signature field.";
  }
  return signatures.some(({ result }) => result === "temperror")
    ? "Not verified: DNS failed; try again later."
    : "Not verified: no signature of this message passes.";
}
