import { printable, type Reply } from "@mailseal/delivery";
import type { Envelope, Recipient } from "@mailseal/queue";

/** RFC 3464 2.3.3; "relayed": handed to a system that sends no notifications of success. */
export type Action = "failed" | "delayed" | "relayed";

export interface RecipientReport {
  readonly recipient: Recipient;
  readonly action: Action;
  readonly reply: Reply;
}

export interface ReportInput {
  readonly hostname: string;
  readonly id: string;
  readonly envelope: Envelope;
  readonly recipients: readonly RecipientReport[];
  readonly firstSeenMs: number;
  readonly nowMs: number;
  /** When it is given up, for "delayed". */
  readonly expiresMs: number;
  /** What comes back of the message: all of it, or its header. */
  readonly returned: { readonly kind: "full" | "headers"; readonly bytes: Uint8Array };
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

/** A delivery status notification (RFC 3464, 6522; 6533 where an address is UTF-8). All recipients have one action. */
export function report(input: ReportInput): Buffer {
  const { hostname, id, envelope, recipients, nowMs, returned } = input;
  const action = recipients[0]?.action ?? "failed";
  const [subject, opening] = openings[action];
  const isGlobal = recipients.some(({ recipient }) => !isAscii(recipient.address));
  const boundary = `${id.replaceAll(/[^\w]/g, "")}.${nowMs.toString(36)}/mailseal`;
  const head = [
    `From: Mail Delivery System <MAILER-DAEMON@${hostname}>`,
    `To: <${oneLine(envelope.from)}>`,
    `Subject: ${subject}`,
    `Date: ${mailDate(nowMs)}`,
    `Message-ID: <${id.replaceAll(/[^\w.-]/g, "")}.${nowMs.toString(36)}.${action}@${hostname}>`,
    "Auto-Submitted: auto-replied",
    "MIME-Version: 1.0",
    `Content-Type: multipart/report; report-type=delivery-status;\r\n boundary="${boundary}"`,
    "",
    `--${boundary}`,
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: 8bit",
    "",
    opening,
    ...(action === "delayed" ? [`It is tried again until ${mailDate(input.expiresMs)}.`] : []),
    "",
    ...recipients.map(
      ({ recipient, reply }) => `<${oneLine(recipient.address)}>: ${replyText(reply)}`,
    ),
    "",
    `--${boundary}`,
    `Content-Type: message/${isGlobal ? "global-" : ""}delivery-status`,
    ...(isGlobal ? ["Content-Transfer-Encoding: 8bit"] : []),
    "",
    `Reporting-MTA: dns; ${hostname}`,
    ...(envelope.envid === undefined ? [] : [`Original-Envelope-Id: ${oneLine(envelope.envid)}`]),
    `Arrival-Date: ${mailDate(input.firstSeenMs)}`,
    "",
    ...recipients.flatMap((it) => recipientFields(it, input)),
    `--${boundary}`,
    ...returnedType(returned, isAsciiBytes(returned.bytes)),
    "",
    "",
  ];
  return Buffer.concat([
    Buffer.from(head.join("\r\n")),
    returned.bytes,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
}

function recipientFields(
  { recipient, action, reply }: RecipientReport,
  { nowMs, expiresMs }: ReportInput,
): string[] {
  const { address, dsn } = recipient;
  const type = isAscii(address) ? "rfc822" : "utf-8";
  return [
    ...(dsn?.orcpt === undefined ? [] : [`Original-Recipient: ${oneLine(dsn.orcpt)}`]),
    `Final-Recipient: ${type}; ${oneLine(address)}`,
    `Action: ${action}`,
    `Status: ${statusOf(reply)}`,
    `Diagnostic-Code: smtp; ${replyText(reply)}`,
    `Last-Attempt-Date: ${mailDate(nowMs)}`,
    ...(action === "delayed" ? [`Will-Retry-Until: ${mailDate(expiresMs)}`] : []),
    "",
  ];
}

function returnedType({ kind }: ReportInput["returned"], ascii: boolean): string[] {
  const type = kind === "full" ? "message/rfc822" : "text/rfc822-headers";
  return [`Content-Type: ${type}`, ...(ascii ? [] : ["Content-Transfer-Encoding: 8bit"])];
}

function statusOf({ code, enhancedCode }: Reply): string {
  return enhancedCode ?? `${Math.floor(code / 100)}.0.0`;
}

/** At most 900 octets a line, whatever a server said. */
function replyText({ code, enhancedCode, text }: Reply): string {
  const prefix = enhancedCode === undefined ? `${code}` : `${code} ${enhancedCode}`;
  return `${prefix} ${oneLine(text)}`.slice(0, 300);
}

function oneLine(text: string): string {
  return printable(text.replaceAll(/[\r\n]+/g, " "));
}

function isAscii(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- ASCII is meant
  return /^[\u0000-\u007f]*$/.test(text);
}

function isAsciiBytes(bytes: Uint8Array): boolean {
  return bytes.every((octet) => octet < 0x80);
}

/** RFC 5322 3.3, in UTC. */
function mailDate(atMs: number): string {
  return new Date(atMs).toUTCString().replace("GMT", "+0000");
}
