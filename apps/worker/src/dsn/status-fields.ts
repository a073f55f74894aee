import { isUtf8 } from "node:buffer";
import { printable, type Reply } from "@mailseal/delivery";
import { mailDate } from "@mailseal/syntax";
import { isAsciiText } from "./mime-encoding.ts";
import type { RecipientReport } from "./notice.ts";

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
    `Status: ${statusOf(reply, expired === true)}`,
    // A diagnostic is what a host said: what we found ourselves is in the text for people.
    ...(diagnostic === undefined
      ? []
      : [
          `Remote-MTA: dns; ${printable(diagnostic.host)}`,
          `Diagnostic-Code: smtp; ${written(oneLine(diagnostic.text), writing)}`,
        ]),
    `Last-Attempt-Date: ${mailDate(nowMs)}`,
    ...(action === "delayed" ? [`Will-Retry-Until: ${mailDate(expiresMs)}`] : []),
    "",
  ];
}

/** RFC 3463 3.5: X.4.7 is "delivery time expired". */
function statusOf({ code, enhancedCode }: Reply, expired: boolean): string {
  return expired ? "4.4.7" : (enhancedCode ?? `${Math.floor(code / 100)}.0.0`);
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
    ? `rfc822; ${oneLine(address)}`
    : `utf-8; ${written(oneLine(address), writing)}`;
}

/** SMTP's form, decoded: an octet is a character there. */
function writtenOrcpt(orcpt: string, writing: Writing): string {
  const octets = Buffer.from(orcpt, "latin1");
  // oxlint-disable-next-line no-control-regex -- what one octet can hold
  const isOctets = /^[\u0000-\u00ff]*$/.test(orcpt) && isUtf8(octets);
  return written(oneLine(isOctets ? octets.toString() : orcpt), writing);
}

/** RFC 6533 3: `\x{F1}` for what is not ASCII. What would not fit into a line is cut. */
function written(text: string, writing: Writing): string {
  const whole = writing === "unicode" ? text : asciiForm(text);
  return whole.length > longestValue ? `${whole.slice(0, longestValue)}...` : whole;
}

function asciiForm(text: string): string {
  return (
    // oxlint-disable-next-line no-control-regex -- ASCII is meant
    text.replaceAll(/[^\u0000-\u007f]/gu, (character) => {
      const point = character.codePointAt(0) ?? 0;
      return `\\x{${point.toString(16).toUpperCase()}}`;
    })
  );
}
