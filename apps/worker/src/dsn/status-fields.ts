import { isUtf8 } from "node:buffer";
import { type Reply } from "@mailseal/delivery";
import { mailDate, printable } from "@mailseal/syntax";
import { isAsciiText } from "./mime-encoding.ts";
import type { Action, RecipientReport } from "./notice.ts";

/**
 * How text that is not ASCII is written: as it is, or in ASCII for a way back that is perhaps not
 * internationalized (RFC 6533 3).
 */
export type Writing = "unicode" | "ascii";

export interface StatusTimes {
  readonly nowMs: number;
  /** When a delayed one is given up. */
  readonly expiresMs: number;
}

/** A reply has at most so many characters in a report, whatever a server said. */
const longestReply = 300;
/** Of a field's value: a line has 998 octets at most. */
const longestValue = 900;

const statusClasses: Readonly<Record<Action, readonly [number, ...number[]]>> = {
  failed: [5, 4],
  delayed: [4],
  relayed: [2],
};
/** RFC 6533 3: the only characters that its 7-bit form holds as they are. */
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
    // A diagnostic is what a host said: what we found ourselves is in the text for people.
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
 * RFC 3463 3.5: X.4.7 is "delivery time expired". The class is one that goes with the action, and no number begins
 * with a zero, whatever a server said (RFC 3464 2.3.4).
 */
function statusOf(action: Action, { code, enhancedCode }: Reply, expired: boolean): string {
  if (expired) return "4.4.7";
  const [said = 0, subject = 0, detail = 0] = (enhancedCode ?? `${Math.floor(code / 100)}`)
    .split(".")
    .map(Number);
  const classes = statusClasses[action];
  return `${classes.includes(said) ? said : classes[0]}.${subject}.${detail}`;
}

/** One line, as a server said it. */
export function replyText({ code, enhancedCode, text }: Reply): string {
  const prefix = enhancedCode === undefined ? `${code}` : `${code} ${enhancedCode}`;
  return `${prefix} ${oneLine(text)}`.slice(0, longestReply);
}

export function oneLine(text: string): string {
  return printable(text.replaceAll(/[\r\n]+/g, " "));
}

/** RFC 6533 3: the type utf-8 for an address that rfc822 cannot hold. */
function typedAddress(address: string, writing: Writing): string {
  return isAsciiText(address)
    ? `rfc822; ${shortened(oneLine(address))}`
    : `utf-8; ${utf8Address(address, writing)}`;
}

/** SMTP's form, decoded: an octet is a character there. */
function writtenOrcpt(orcpt: string, writing: Writing): string {
  const octets = Buffer.from(orcpt, "latin1");
  const isOctets = /^[\u0000-\u00ff]*$/.test(orcpt) && isUtf8(octets);
  const text = isOctets ? octets.toString() : orcpt;
  const end = text.indexOf(";") + 1;
  return text.slice(0, end).toLowerCase() === "utf-8;"
    ? text.slice(0, end) + utf8Address(withoutEmbedded(text.slice(end)), writing)
    : written(oneLine(text), writing);
}

/** RFC 6533 3: as it is, or in the form that fits into 7 bits, where "+", "=", a space and a backslash are encoded too. */
function utf8Address(address: string, writing: Writing): string {
  const text =
    writing === "unicode"
      ? oneLine(address)
      : Array.from(address, (it) => (plainInSevenBits.test(it) ? it : embedded(it))).join("");
  return shortened(text);
}

/** Both encoded forms of the type utf-8 as the address they stand for; what is no character stays. */
function withoutEmbedded(address: string): string {
  return address.replaceAll(embeddedCharacter, (whole, hex: string) => {
    const point = Number.parseInt(hex, 16);
    const isCharacter = point <= 0x10_ff_ff && (point < 0xd8_00 || point > 0xdf_ff);
    return isCharacter ? String.fromCodePoint(point) : whole;
  });
}

/** RFC 6533 3: `\x{F1}` for what is not ASCII. */
function written(text: string, writing: Writing): string {
  return shortened(writing === "unicode" ? text : asciiForm(text));
}

/** What would not fit into a line is cut. */
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
