import { isUtf8 } from "node:buffer";
import { type Reply } from "@mailseal/delivery";
import { mailDate, printable } from "@mailseal/syntax";
import { isAsciiText } from "./mime-encoding.ts";
import type { Action, RecipientReport } from "./notice.ts";

/**
 * How to write text that is not ASCII: unchanged, or encoded in ASCII because the route back to the sender may not
 * support internationalized mail (RFC 6533 3).
 */
export type Writing = "unicode" | "ascii";

export interface StatusTimes {
  readonly nowMs: number;
  /** When a delayed message expires. */
  readonly expiresMs: number;
}

/** The maximum length of a server's reply in a report. */
const longestReply = 300;
/** The maximum length of a field's value: a line has at most 998 octets. */
const longestValue = 900;

const statusClasses: Readonly<Record<Action, readonly [number, ...number[]]>> = {
  failed: [5, 4],
  delayed: [4],
  relayed: [2],
};
/** RFC 6533 3: the only characters that the 7-bit form of an address does not encode. */
const plainInSevenBits = /^[!-*,-<>-[\]-~]$/;
const embeddedCharacter = /\\x\{([0-9A-F]{2,6})\}/g;

/** The fields of one recipient (RFC 3464 2.3), with the empty line that ends them. */
export function recipientFields(
  { recipient, action, reply, expired }: RecipientReport,
  writing: Writing,
  { nowMs, expiresMs }: StatusTimes,
): string[] {
  const { address, dsn } = recipient;
  const diagnostic =
    reply.host === undefined ? reply.quoted : { host: reply.host, text: replyText(reply) };
  const original = dsn?.orcpt === undefined ? [] : [writtenOrcpt(dsn.orcpt, writing)];
  return [
    ...original.map((text) => `Original-Recipient: ${text}`),
    `Final-Recipient: ${typedAddress(address, writing)}`,
    `Action: ${action}`,
    `Status: ${statusOf(action, reply, expired === true)}`,
    // A diagnostic quotes a remote host. Errors of this host are in the human-readable text.
    ...(diagnostic === undefined
      ? []
      : [
          `Remote-MTA: dns; ${shortened(asciiForm(printable(diagnostic.host)))}`,
          `Diagnostic-Code: smtp; ${written(oneLine(diagnostic.text), writing)}`,
        ]),
    `Last-Attempt-Date: ${mailDate(nowMs)}`,
    ...(action === "delayed" ? [`Will-Retry-Until: ${mailDate(expiresMs)}`] : []),
    "",
  ];
}

/**
 * RFC 3463 3.5: X.4.7 is "delivery time expired". Whatever the server replied, the class agrees with the action, and no
 * number has a leading zero (RFC 3464 2.3.4).
 */
function statusOf(action: Action, { code, enhancedCode }: Reply, expired: boolean): string {
  if (expired) return "4.4.7";
  const [replied = 0, subject = 0, detail = 0] = (enhancedCode ?? `${Math.floor(code / 100)}`)
    .split(".")
    .map(Number);
  const classes = statusClasses[action];
  return `${classes.includes(replied) ? replied : classes[0]}.${subject}.${detail}`;
}

/** The reply of a server on one line. */
export function replyText({ code, enhancedCode, text }: Reply): string {
  const prefix = enhancedCode === undefined ? `${code}` : `${code} ${enhancedCode}`;
  return `${prefix} ${oneLine(text)}`.slice(0, longestReply);
}

export function oneLine(text: string): string {
  return printable(text.replaceAll(/[\r\n]+/g, " "));
}

/** Uses the address type utf-8 (RFC 6533 3) for an address that the type rfc822 cannot express. */
function typedAddress(address: string, writing: Writing): string {
  return isAsciiText(address)
    ? `rfc822; ${shortened(oneLine(address))}`
    : `utf-8; ${utf8Address(address, writing)}`;
}

/** Writes an ORCPT parameter, in which SMTP has one character for each octet. */
function writtenOrcpt(orcpt: string, writing: Writing): string {
  const octets = Buffer.from(orcpt, "latin1");
  const isOctets = /^[\u0000-\u00ff]*$/.test(orcpt) && isUtf8(octets);
  const text = isOctets ? octets.toString() : orcpt;
  const end = text.indexOf(";") + 1;
  return text.slice(0, end).toLowerCase() === "utf-8;"
    ? text.slice(0, end) + utf8Address(withoutEmbedded(text.slice(end)), writing)
    : written(oneLine(text), writing);
}

/** RFC 6533 3: unchanged, or in the 7-bit form, which also encodes "+", "=", a space and a backslash. */
function utf8Address(address: string, writing: Writing): string {
  const text =
    writing === "unicode"
      ? oneLine(address)
      : Array.from(address, (it) => (plainInSevenBits.test(it) ? it : embedded(it))).join("");
  return shortened(text);
}

/** Decodes both encoded forms of the address type utf-8. A number that stands for no character is left as it is. */
function withoutEmbedded(address: string): string {
  return address.replaceAll(embeddedCharacter, (whole, hex: string) => {
    const point = Number.parseInt(hex, 16);
    const isCharacter = point <= 0x10_ff_ff && (point < 0xd8_00 || point > 0xdf_ff);
    return isCharacter ? String.fromCodePoint(point) : whole;
  });
}

/** Writes a character that is not ASCII as `\x{F1}` (RFC 6533 3), unless Unicode is allowed. */
function written(text: string, writing: Writing): string {
  return shortened(writing === "unicode" ? text : asciiForm(text));
}

/** Cuts a value that would not fit on a line. */
export function shortened(text: string): string {
  return text.length > longestValue ? `${text.slice(0, longestValue)}...` : text;
}

function asciiForm(text: string): string {
  return text.replaceAll(/[^\u0000-\u007f]/gu, embedded);
}

function embedded(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  return `\\x{${point.toString(16).toUpperCase().padStart(2, "0")}}`;
}
