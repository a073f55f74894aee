const maximumColumns = 76;
const softBreak = "=\r\n";

/** Encodes bytes as quoted-printable (RFC 2045 6.7). Only CRLF ends a line. The result is ASCII; the time is linear. */
export function quotedPrintable(bytes: Uint8Array): string {
  const lines = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString("latin1")
    .split("\r\n");
  return lines.map(encodedLine).join("\r\n");
}

function encodedLine(line: string): string {
  let encoded = "";
  let column = 0;
  for (let at = 0; at < line.length; at++) {
    const code = line.charCodeAt(at);
    const isLast = at === line.length - 1;
    const octet = isPlain(code, isLast) ? line.charAt(at) : hex(code);
    if (column + octet.length > maximumColumns - 1) {
      encoded += softBreak;
      column = 0;
    }
    encoded += octet;
    column += octet.length;
  }
  return encoded;
}

/** White space at the end of a line is encoded, because mail servers may remove it. */
function isPlain(code: number, isLast: boolean): boolean {
  return code === 0x20 || code === 0x09 ? !isLast : code > 0x20 && code < 0x7f && code !== 0x3d;
}

function hex(code: number): string {
  return `=${code.toString(16).toUpperCase().padStart(2, "0")}`;
}

export function isAsciiBytes(bytes: Uint8Array): boolean {
  return bytes.every((octet) => octet < 0x80);
}

/** Whether bytes need no encoding (RFC 2045 2.7): ASCII without NUL, in lines of at most 998 octets that end with CRLF. */
export function isSevenBit(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  return (
    isAsciiBytes(bytes) &&
    text.split("\r\n").every((line) => line.length <= 998 && !/[\0\r\n]/.test(line))
  );
}

export function isAsciiText(text: string): boolean {
  return /^[\u0000-\u007f]*$/.test(text);
}
