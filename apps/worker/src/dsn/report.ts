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
  /** The part of the message that the report returns: all of it, or its header. */
  readonly returned: Uint8Array;
}

export interface Report {
  readonly bytes: Uint8Array;
  readonly needs: ContentNeeds;
  /** The most severe action of all recipients, which the subject names. */
  readonly action: Action;
}

const openings: Readonly<Record<Action, readonly [subject: string, text: string]>> = {
  failed: [
    "Undelivered mail returned to sender",
    "Your message could not be delivered to the recipients below. It will not be retried.",
  ],
  delayed: [
    "Delayed mail (still being retried)",
    "Your message has not been delivered to the recipients below yet. You do not need to send it again.",
  ],
  relayed: ["Mail relayed", "Your message was relayed to a system that does not confirm delivery."],
};
/** From the most severe to the least. */
const actions: readonly Action[] = ["failed", "delayed", "relayed"];
/** The maximum number of recipients in the human-readable text; the machine-readable part names all of them. */
const mostNamed = 50;
/** The maximum length of an address in the text: a line has at most 998 octets, and the server's reply follows. */
const longestNamed = 320;

/**
 * Writes a delivery status notification (RFC 3464, RFC 6522) for all recipients of a notice. Everything that is not ASCII
 * is encoded, except the sender's own address: the report needs SMTPUTF8 only if that address does (RFC 6533).
 */
export function report(input: ReportInput): Report {
  const { hostname, notice, nowMs, returned } = input;
  const { envelope, queueId, recipients, messageId } = notice;
  const action = actions.find((it) => recipients.some((one) => one.action === it)) ?? "failed";
  const sender = withAsciiDomain(oneLine(envelope.from));
  const isUtf8 = needsSmtpUtf8(sender);
  const writing = isUtf8 || envelope.smtputf8 === true ? "unicode" : "ascii";
  const name = `${queueId.replaceAll(/[^\w.-]/g, "")}.${nowMs.toString(36)}`;
  // Random, because a message that is returned whole could contain a boundary that its author can guess.
  const boundary = `${randomUUID()}/mailseal`;
  const head = [
    `From: Mail Delivery System <MAILER-DAEMON@${hostname}>`,
    `To: <${sender}>`,
    `Subject: ${openings[action][0]}`,
    `Date: ${mailDate(nowMs)}`,
    `Message-ID: <${name}.${action}@${hostname}>`,
    // RFC 3834 5; 3.1.5 asks for the Message-ID of the message that it answers.
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
      if (action === "delayed")
        lines.push(`Delivery will be retried until ${mailDate(expiresMs)}.`);
      lines.push("", ...all.slice(0, mostNamed).map(sentence));
      if (all.length > mostNamed) lines.push(`and ${all.length - mostNamed} more, listed below`);
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
