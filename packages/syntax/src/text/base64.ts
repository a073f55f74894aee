import { Buffer } from "node:buffer";
import { asBuffer } from "./as-buffer.ts";

/**
 * Decodes base64string (RFC 6376 2.10): canonical base64 with white space allowed between any two
 * characters. The empty text is no bytes.
 *
 * Undefined where an encoder could not have written it: an illegal character, padding that is
 * missing, misplaced or superfluous, anything after the padding, or bits set that no byte uses. Two
 * spellings of one signature would otherwise be two different messages with the same verdict.
 */
export function decodeBase64(text: string): Uint8Array | undefined {
  const bytes = decodeBase64View(text);
  return bytes === undefined ? undefined : new Uint8Array(bytes);
}

/** The same without a copy: the bytes lie in a buffer shared with others, for use while a message is read. */
export function decodeBase64View(text: string): Uint8Array | undefined {
  const digits = text.replaceAll(/[ \t\r\n]+/g, "");
  const bytes = Buffer.from(digits, "base64");
  // Buffer takes nearly anything for base64: what it would write is the one spelling that counts.
  return bytes.toString("base64") === digits
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
    : undefined;
}

/** Canonical base64 on one line. */
export function encodeBase64(bytes: Uint8Array): string {
  return asBuffer(bytes).toString("base64");
}
