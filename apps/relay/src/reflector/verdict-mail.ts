import { Buffer } from "node:buffer";
import type { StoredMessage } from "@mailseal/policy";
import { mailDate } from "@mailseal/syntax";
import type { Verdict, VerificationReport } from "@mailseal/verifier";

export interface VerdictMailOptions {
  readonly to: string;
  readonly from: string;
  /** ASCII, one line. */
  readonly subject: string;
  readonly inReplyTo: string | undefined;
  readonly report: VerificationReport;
  readonly hostname: string;
  readonly queueId: string;
  readonly at: Date;
}

/** The message that reports to a sender the verdicts on its signatures. ASCII, with CRLF. */
export function verdictMail(options: VerdictMailOptions): StoredMessage {
  const { to, from, subject, inReplyTo, hostname, queueId, at, report } = options;
  const header = [
    `From: <${from}>`,
    `To: <${to}>`,
    `Subject: DKIM verdict: ${subject}`,
    `Date: ${mailDate(at.getTime())}`,
    `Message-ID: <${queueId}.reflect@${hostname}>`,
    ...(inReplyTo === undefined ? [] : [`In-Reply-To: ${inReplyTo}`, `References: ${inReplyTo}`]),
    "Auto-Submitted: auto-replied",
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=us-ascii",
  ];
  const lines = [...header, "", ...verdictLines(report)];
  // A line break in a verdict must not begin a line of its own.
  const text = lines.map((line) => `${line.replaceAll(/[^ -~]/g, "?")}\r\n`).join("");
  const bytes = Buffer.from(text, "latin1");
  return { sizeBytes: bytes.length, chunks: () => [bytes] };
}

function verdictLines(report: VerificationReport): string[] {
  const author = report.from.length === 0 ? "(none)" : report.from.join(", ");
  const opening = [`From: ${author}`, `Signatures: ${report.signatures.length}`, ""];
  return [
    ...opening,
    ...report.signatures.flatMap((verdict, index) => [...signatureLines(verdict, index + 1), ""]),
  ].map((line) => line.slice(0, 900));
}

function signatureLines(verdict: Verdict, number: number): string[] {
  const rows: readonly (readonly [string, string | number | undefined])[] = [
    ["code", verdict.code],
    ["domain (d=)", verdict.domain],
    ["selector (s=)", verdict.selector],
    ["identity (i=)", verdict.identity],
    ["algorithm (a=)", verdict.algorithm],
    ["canonicalization (c=)", verdict.canonicalization],
    ["key bits", verdict.keyBits],
    ["body hash", verdict.bodyHash],
    ["signature", verdict.signature],
    ["aligned with From", verdict.aligned],
    ["testing key", verdict.testing ? "yes" : "no"],
    ["signed fields", verdict.signedFields.join(":")],
    ["unsigned octets", verdict.unsignedBodyBytes],
  ];
  return [
    `Signature ${number}: ${verdict.result} - ${verdict.reason}`,
    ...rows.flatMap(([name, value]) => (value === undefined ? [] : [`  ${name}: ${value}`])),
  ];
}
