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
 * A value in the form that an MTA receives: the text after the colon, without its last line end. Its lines are
 * separated by a bare LF, because both MTAs write the line endings themselves and would keep a CR in the message.
 * Accepts CRLF and LF. Throws a `MilterError` "bad-header-value" for a NUL, a bare CR, and a further line that does
 * not begin with space or tab, since that would be a field of its own or the end of the header.
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
  // The MTA adds a space itself.
  const start = leadingSpace === "removed" && lines[0] === space && length > 0 ? 1 : 0;
  return lines.subarray(start, length);
}

function badValue(expected: string): MilterError {
  return new MilterError(
    "bad-header-value",
    `the value of a field is not valid: expected ${expected}`,
  );
}
