import { Buffer } from "node:buffer";
import { checkBytes, checkText } from "./argument-checks.ts";
import { asBuffer } from "./as-buffer.ts";

/**
 * Decodes base64string (RFC 6376 2.10): canonical base64 with white space allowed between any two characters.
 * The empty text has no bytes.
 *
 * Undefined if no encoder could have written it: an illegal character, missing, misplaced or superfluous
 * padding, anything after the padding, or unused bits that are set. Otherwise two spellings of one signature
 * would be two different messages with the same verdict.
 *
 * ```ts
 * decodeBase64("aGk="); // the octets of "hi"
 * decodeBase64("aGk"); // undefined: it is not canonical
 * ```
 */
export function decodeBase64(text: string): Uint8Array | undefined {
  checkText(text);
  const bytes = decodeBase64View(text);
  return bytes === undefined ? undefined : new Uint8Array(bytes);
}

/** The same without a copy: the bytes are in a shared buffer, for use while a message is read. */
export function decodeBase64View(text: string): Uint8Array | undefined {
  const digits = text.replaceAll(/[ \t\r\n]+/g, "");
  const bytes = Buffer.from(digits, "base64");
  // Buffer accepts nearly anything as base64, so only the spelling that it would write counts.
  return bytes.toString("base64") === digits
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
    : undefined;
}

/**
 * Canonical base64 on one line.
 *
 * ```ts
 * encodeBase64(Buffer.from("hi")); // "aGk="
 * ```
 */
export function encodeBase64(bytes: Uint8Array): string {
  checkBytes(bytes);
  return asBuffer(bytes).toString("base64");
}
