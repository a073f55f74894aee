import { isUtf8 } from "node:buffer";
import type { Lease } from "@mailseal/queue";
import { isAsciiBytes, isSevenBit, quotedPrintable } from "./mime-encoding.ts";
import type { Notice } from "./notice.ts";
import type { Writing } from "./status-fields.ts";

const lineEnd = Buffer.from("\r\n");
const endOfHeader = Buffer.from("\r\n\r\n");
/** The maximum size of a header that a report returns, so that a long header does not make a large report. */
const longestHeader = 32 * 1024;

/** Reads the header of a message, with its last line ending. A header of more than 32 KiB is cut at the end of a line. */
export async function headerOf(lease: Lease): Promise<Uint8Array> {
  let read = Buffer.alloc(0);
  for await (const piece of lease.body()) {
    read = Buffer.concat([read, piece]);
    // A blank line comes first: the header is empty, and the next blank line is in the body.
    if (read.subarray(0, 2).equals(lineEnd)) return Buffer.alloc(0);
    const end = read.indexOf(endOfHeader);
    if (end >= 0 && end <= longestHeader) {
      return read.subarray(0, end + 2);
    }
    if (end >= 0 || read.length > longestHeader) {
      const cut = read.lastIndexOf("\r\n", longestHeader - 2);
      return read.subarray(0, cut < 0 ? longestHeader : cut + 2);
    }
  }
  return read;
}

/**
 * Writes the part of a report that returns the message or its header, starting with Content-Type. Text that is not ASCII
 * is encoded, so that the report itself needs no SMTPUTF8 (RFC 6522 3, RFC 6533 5). A whole message can be encoded only
 * if it is internationalized (RFC 2046 5.2.1, RFC 6532 3.7); of any other whose header is not ASCII, the header alone is
 * returned.
 */
export function returnedPart(
  kind: Notice["returned"],
  bytes: Uint8Array,
  writing: Writing,
): Uint8Array {
  if (kind === "full") {
    return wholePart(bytes, writing);
  }
  if (isSevenBit(bytes)) {
    return part(["Content-Type: text/rfc822-headers"], bytes);
  }
  const type =
    writing === "unicode" && isUtf8(bytes)
      ? "message/global-headers"
      : `text/rfc822-headers${isUtf8(bytes) ? "; charset=utf-8" : ""}`;
  return encodedPart(type, bytes);
}

function wholePart(bytes: Uint8Array, writing: Writing): Uint8Array {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = whole.indexOf(endOfHeader);
  const header = end < 0 ? whole : whole.subarray(0, end + 2);
  if (!isAsciiBytes(header)) {
    return writing === "unicode" && isUtf8(header)
      ? encodedPart("message/global", bytes)
      : returnedPart("headers", header, writing);
  }
  const encoding = isAsciiBytes(bytes) ? [] : ["Content-Transfer-Encoding: 8bit"];
  return part(["Content-Type: message/rfc822", ...encoding], bytes);
}

export function encodedPart(type: string, bytes: Uint8Array): Uint8Array {
  return part(
    [`Content-Type: ${type}`, "Content-Transfer-Encoding: quoted-printable"],
    Buffer.from(quotedPrintable(bytes)),
  );
}

export function part(head: readonly string[], bytes: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`${[...head, "", ""].join("\r\n")}`), bytes]);
}
