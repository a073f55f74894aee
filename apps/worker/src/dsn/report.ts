import { randomUUID } from "node:crypto";
import { type ContentNeeds, needsSmtpUtf8, withAsciiDomain } from "@mailseal/delivery";
import { mailDate } from "@mailseal/syntax";
import { isAsciiBytes, isAsciiText } from "./mime-encoding.ts";
import type { Action, Notice, RecipientReport } from "./notice.ts";
import { encodedPart, part, returnedPart } from "./returned-part.ts";
import {
  oneLine,
  recipientFields,
  replyText,
  shortened,
  type StatusTimes,
  type Writing,
} from "./status-fields.ts";

export interface ReportInput extends StatusTimes {
  readonly hostname: string;
  readonly notice: Notice;
  /** What comes back of the message: all of it, or its header. */
  readonly returned: Uint8Array;
}

export interface Report {
  readonly bytes: Uint8Array;
  readonly needs: ContentNeeds;
  /** The gravest: what the report is about. */
  readonly action: Action;
}

const openings: Readonly<Record<Action, readonly [subject: string, text: string]>> = {
  failed: [
    "Undelivered mail returned to sender",
    "Your message could not be delivered to the recipients below, and will not be tried again.",
  ],
  delayed: [
    "Delayed mail (still being tried)",
    "Your message could not be delivered to the recipients below so far. You need not send it again.",
  ],
  relayed: ["Mail relayed", "Your message was handed on to a system that confirms no delivery."],
};
/** The gravest first. */
const actions: readonly Action[] = ["failed", "delayed", "relayed"];
/** Of the text for people; the machine's part names all. */
const mostNamed = 50;
/** A line has 998 octets at most, with what a server said. */
const longestNamed = 320;

/**
 * A delivery status notification (RFC 3464, RFC 6522) for all recipients of a notice. Everything in it that
 * is not ASCII is encoded, or written in ASCII, but for the sender's own address: so it needs SMTPUTF8 on its
 * way only if that does (RFC 6533).
 */
export function report(input: ReportInput): Report {
  const { hostname, notice, nowMs, returned } = input;
  const { envelope, queueId, recipients, messageId } = notice;
  const action = actions.find((it) => recipients.some((one) => one.action === it)) ?? "failed";
  const sender = withAsciiDomain(oneLine(envelope.from));
  const isUtf8 = needsSmtpUtf8(sender);
  const writing = isUtf8 || envelope.smtputf8 === true ? "unicode" : "ascii";
  const name = `${queueId.replaceAll(/[^\w.-]/g, "")}.${nowMs.toString(36)}`;
  // Not to be guessed: a message that comes back whole could hold it.
  const boundary = `${randomUUID()}/mailseal`;
  const head = [
    `From: Mail Delivery System <MAILER-DAEMON@${hostname}>`,
    `To: <${sender}>`,
    `Subject: ${openings[action][0]}`,
    `Date: ${mailDate(nowMs)}`,
    `Message-ID: <${name}.${action}@${hostname}>`,
    // RFC 3834 5, and 3.1.5: what it answers.
    "Auto-Submitted: auto-replied",
    ...(messageId === undefined ? [] : [`In-Reply-To: ${messageId}`, `References: ${messageId}`]),
    "MIME-Version: 1.0",
    `Content-Type: multipart/report; report-type=delivery-status;\r\n boundary="${boundary}"`,
    "",
    "",
  ];
  const parts = [
    textPart(text(recipients, input)),
    statusPart(input, writing),
    returnedPart(notice.returned, returned, writing),
  ];
  const bytes = Buffer.concat([
    Buffer.from(head.join("\r\n")),
    ...parts.flatMap((it) => [Buffer.from(`--${boundary}\r\n`), it, Buffer.from("\r\n")]),
    Buffer.from(`--${boundary}--\r\n`),
  ]);
  return {
    bytes,
    needs: { ascii: isAsciiBytes(bytes), asciiHeader: !isUtf8, utf8Address: isUtf8 },
    action,
  };
}

function text(recipients: readonly RecipientReport[], { expiresMs }: StatusTimes): string {
  const lines: string[] = [];
  for (const action of actions) {
    const all = recipients.filter((it) => it.action === action);
    if (all.length > 0) {
      lines.push(openings[action][1]);
      if (action === "delayed") lines.push(`It is tried again until ${mailDate(expiresMs)}.`);
      lines.push("", ...all.slice(0, mostNamed).map(sentence));
      if (all.length > mostNamed) lines.push(`and ${all.length - mostNamed} more, named below`);
      lines.push("");
    }
  }
  return lines.join("\r\n");
}

function sentence({ recipient, reply, expired }: RecipientReport): string {
  const opening = expired === true ? "given up after the last of many attempts: " : "";
  const said = reply.host === undefined ? "" : `${oneLine(reply.host)} said: `;
  return `<${oneLine(recipient.address).slice(0, longestNamed)}>: ${opening}${said}${replyText(reply)}`;
}

function textPart(lines: string): Uint8Array {
  return isAsciiText(lines)
    ? part(["Content-Type: text/plain; charset=us-ascii"], Buffer.from(lines))
    : encodedPart("text/plain; charset=utf-8", Buffer.from(lines));
}

function statusPart(input: ReportInput, writing: Writing): Uint8Array {
  const { hostname, notice } = input;
  const { envid } = notice.envelope;
  const fields = [
    `Reporting-MTA: dns; ${hostname}`,
    ...(envid === undefined
      ? []
      : [`Original-Envelope-Id: ${shortened(asciiOnly(oneLine(envid)))}`]),
    `Arrival-Date: ${mailDate(notice.firstSeenMs)}`,
    "",
    ...notice.recipients.flatMap((it) => recipientFields(it, writing, input)),
  ].join("\r\n");
  return isAsciiText(fields)
    ? part(["Content-Type: message/delivery-status"], Buffer.from(fields))
    : encodedPart("message/global-delivery-status", Buffer.from(fields));
}

function asciiOnly(value: string): string {
  return value.replaceAll(/[^ -~]/g, "?");
}
