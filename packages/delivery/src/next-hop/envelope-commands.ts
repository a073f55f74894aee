import { Buffer, isUtf8 as isUtf8Bytes } from "node:buffer";
import type { Recipient } from "@mailseal/queue";
import { withAsciiDomain } from "../address.ts";
import { type Reply, refusal } from "../reply.ts";
import type { Extensions } from "./next-hop-session.ts";

/** The parameters of MAIL that belong to SIZE, 8BITMIME, SMTPUTF8 and DSN. */
export interface MailParameters {
  /** "" is the null sender. */
  readonly from: string;
  /** The size that the client declared. */
  readonly sizeBytes?: number;
  readonly eightBit: boolean;
  readonly smtpUtf8: boolean;
  /** RFC 3461 4.3: how much of the message a notification returns. */
  readonly ret?: keyof typeof retKeywords;
  readonly envid?: string;
}

/** The RET keywords of MAIL, by the values that a queue stores. */
export const retKeywords = { full: "FULL", headers: "HDRS" } as const;

/** The parameters of RCPT: the address, and what DSN adds to it (RFC 3461 4.1 and 4.2). */
export type RecipientParameters = Pick<Recipient, "address" | "dsn">;

/** What the content requires of the next hop. */
export interface ContentNeeds {
  readonly ascii: boolean;
  readonly asciiHeader: boolean;
  /** An address in the header is UTF-8, whether or not the client used SMTPUTF8. */
  readonly utf8Address?: boolean;
}

/** Fields that we add make a message larger than its client declared. */
const addedBytes = 4096;
const nonAscii = /[^\u0000-\u007f]/;

const notAscii = refusal(553, "5.6.7", "the next hop does not support non-ASCII addresses");

/**
 * Whether an address needs SMTPUTF8 (RFC 6531 3.4). A non-ASCII domain does not, because every server accepts its
 * A-labels; a non-ASCII local part does.
 *
 * ```ts
 * needsSmtpUtf8("grün@example.com"); // true
 * needsSmtpUtf8("ann@bücher.example"); // false: every server accepts the A-label
 * ```
 */
export function needsSmtpUtf8(address: string): boolean {
  return nonAscii.test(address) && nonAscii.test(withAsciiDomain(address));
}

/** The refusal of a recipient that a next hop with these extensions does not support; undefined if it does. */
export function unsupportedRecipient(
  extensions: Extensions,
  { address }: RecipientParameters,
): Reply | undefined {
  return needsSmtpUtf8(address) && !extensions.has("SMTPUTF8") ? notAscii : undefined;
}

/** The refusal of a sender that a next hop with these extensions does not support; undefined if it does. */
export function unsupportedSender(extensions: Extensions, mail: MailParameters): Reply | undefined {
  if (needsSmtpUtf8(mail.from) && !extensions.has("SMTPUTF8")) {
    return notAscii;
  }
  const maximum = Number(extensions.get("SIZE") ?? 0);
  return maximum > 0 && (mail.sizeBytes ?? 0) > maximum
    ? refusal(552, "5.3.4", `the next hop accepts messages of at most ${maximum} octets`)
    : undefined;
}

/**
 * The refusal of content that a next hop with these extensions does not support (RFC 6152 3, RFC 6531 3.4); undefined
 * if it does. The message cannot be converted, because it is signed.
 */
export function unsendable(
  extensions: Extensions,
  mail: MailParameters,
  content: ContentNeeds,
): Reply | undefined {
  const isUtf8 = mail.smtpUtf8 || content.utf8Address === true;
  if (isUtf8 && !content.asciiHeader && !extensions.has("SMTPUTF8")) {
    return refusal(554, "5.6.9", "the next hop does not support non-ASCII headers");
  }
  return !content.ascii && !extensions.has("8BITMIME")
    ? refusal(554, "5.6.3", "the next hop does not support 8-bit messages")
    : undefined;
}

export function mailCommand(extensions: Extensions, mail: MailParameters): string {
  let command = `MAIL FROM:<${withAsciiDomain(mail.from)}>`;
  if (mail.sizeBytes !== undefined && extensions.has("SIZE")) {
    command += ` SIZE=${mail.sizeBytes + addedBytes}`;
  }
  if (mail.eightBit && extensions.has("8BITMIME")) {
    command += " BODY=8BITMIME";
  }
  if ((mail.smtpUtf8 || needsSmtpUtf8(mail.from)) && extensions.has("SMTPUTF8")) {
    command += " SMTPUTF8";
  }
  if (extensions.has("DSN")) {
    command += mail.ret === undefined ? "" : ` RET=${retKeywords[mail.ret]}`;
    command += mail.envid === undefined ? "" : ` ENVID=${xtext(mail.envid)}`;
  }
  return command;
}

export function recipientCommand(extensions: Extensions, recipient: RecipientParameters): string {
  let command = `RCPT TO:<${withAsciiDomain(recipient.address)}>`;
  if (extensions.has("DSN")) {
    // MAIL has the parameter SMTPUTF8 then.
    const isUtf8 = extensions.has("SMTPUTF8") && needsSmtpUtf8(recipient.address);
    const { notify, orcpt } = recipient.dsn ?? {};
    command += notify === undefined ? "" : ` NOTIFY=${notify.join(",").toUpperCase()}`;
    command += orcpt === undefined ? "" : ` ORCPT=${orcptValue(orcpt, isUtf8)}`;
  }
  return command;
}

/**
 * Writes an ORCPT value (RFC 3461 4.2: type;xtext). An 8-bit address of type utf-8 stays as it is if the next hop
 * supports that; otherwise it gets its 7-bit form (RFC 6533 3).
 */
function orcptValue(orcpt: string, isUtf8: boolean): string {
  const end = orcpt.indexOf(";") + 1;
  const type = orcpt.slice(0, end);
  const address = orcpt.slice(end);
  return type.toLowerCase() === "utf-8;" && nonAscii.test(address)
    ? type + unitext(textOf(address), isUtf8)
    : type + xtext(address);
}

/** Encodes an address as in RFC 6533 3, except characters that are already encoded. */
function unitext(address: string, isUtf8: boolean): string {
  const special = isUtf8 ? /[^!-*,-<>-~\u{a0}-\u{10ffff}]/gu : /[^!-*,-<>-~]/gu;
  return address.replaceAll(special, (character) => {
    const point = character.codePointAt(0) ?? 0;
    return `\\x{${point.toString(16).toUpperCase().padStart(2, "0")}}`;
  });
}

/** Decodes an address in which smtp-server made each octet a character. */
function textOf(address: string): string {
  const octets = Buffer.from(address, "latin1");
  const isOctets = /^[\u0000-\u00ff]*$/.test(address) && isUtf8Bytes(octets);
  return isOctets ? octets.toString() : address;
}

/** Encodes text as in RFC 3461 4. smtp-server has decoded it, with each octet as a character. */
function xtext(text: string): string {
  return text.replaceAll(/[^!-*,-<>-~]/gu, (character) => {
    const bytes =
      character.charCodeAt(0) < 0x1_00 ? Buffer.from(character, "latin1") : Buffer.from(character);
    return Array.from(bytes, (byte) => `+${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(
      "",
    );
  });
}
