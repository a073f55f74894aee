import { MilterError } from "../errors.ts";
import { bytesOf, quoted } from "../wire/wire-text.ts";

const lf = 0x0a;
const cr = 0x0d;
const space = 0x20;
const tab = 0x09;

/** A field name (RFC 5322 3.6.8). Throws a `MilterError` "bad-header-name". */
export function checkedHeaderName(name: string): string {
  if (!/^[!-9;-~]+$/.test(name)) {
    throw new MilterError(
      "bad-header-name",
      `expected a field name of printable ASCII without space and colon, got ${quoted(name)}`,
    );
  }
  return name;
}

/**
 * A value as it travels to an MTA: what is to stand behind the colon, its lines separated by a bare LF
 * (both MTAs write the line ending of the day; a CR would stay in the message), without the last one.
 * CRLF and LF are taken alike. Throws a `MilterError` "bad-header-value" for a NUL, a bare CR, and a line
 * that begins with neither space nor tab, since that would be a field of its own or the end of the header.
 */
export function headerValueToSend(
  value: string | Uint8Array,
  leadingSpace: "kept" | "removed",
): Uint8Array {
  const bytes = bytesOf(value);
  const lines = new Uint8Array(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    const octet = bytes[at] ?? 0;
    if (octet === 0) throw badValue("no NUL");
    if (octet === cr) {
      if (bytes[at + 1] !== lf) throw badValue("no CR without LF");
      continue;
    }
    if (octet === lf) {
      const next = bytes[at + 1];
      if (next === undefined) break;
      if (next !== space && next !== tab) {
        throw badValue("space or tab at the beginning of each further line");
      }
    }
    lines[length++] = octet;
  }
  // The MTA puts one there itself.
  const start = leadingSpace === "removed" && lines[0] === space && length > 0 ? 1 : 0;
  return lines.subarray(start, length);
}

function badValue(expected: string): MilterError {
  return new MilterError("bad-header-value", `expected ${expected} in the value of a field`);
}
