/** Decodes quoted-printable (RFC 2045 6.7); what is no escape stays. Latin1 text, one character a byte. */
function decodeQuotedPrintableText(text: string): string {
  return text
    .replace(/(?<![ \t])[ \t]+(?=\r\n|$)/g, "")
    .replace(/=\r\n/g, "")
    .replace(/=([0-9A-Fa-f]{2})/g, (_, octet: string) => String.fromCharCode(parseInt(octet, 16)));
}

export function decodeTransfer(text: string, encoding: string): string {
  switch (encoding) {
    case "quoted-printable":
      return decodeQuotedPrintableText(text);
    case "base64":
      return Buffer.from(text, "base64").toString("latin1");
    default:
      return text;
  }
}

/** Where programs that write quoted-printable differ. */
interface PrintableStyle {
  readonly tabs: "literal" | "escaped";
  /** Whether a line may be as wide as the width when no soft break follows. */
  readonly last: "full" | "short";
  /** Whether lines break at any character, or after the last space that fits. */
  readonly at: "character" | "space";
  /** Whether a dot, and "From ", are escaped at the beginning of a line. */
  readonly begin: "literal" | "escaped";
}

const printableStyles: readonly PrintableStyle[] = (["literal", "escaped"] as const).flatMap(
  (tabs) =>
    (["literal", "escaped"] as const).flatMap((begin) =>
      (["full", "short"] as const).flatMap((last) =>
        (["character", "space"] as const).map((at) => ({ tabs, begin, last, at })),
      ),
    ),
);

/** One way of writing content, as some mail system does it. */
export interface TransferWriter {
  /** The value of Content-Transfer-Encoding that goes with it, or "" for none. */
  readonly encoding: string;
  readonly name: string;
  write(content: string): string;
}

/** Columns that programs break base64 at. */
const base64Widths: readonly number[] = [76, 72, 64, 60, 57, 70];
/** Columns that programs break quoted-printable at, the "=" included. */
const printableWidths: readonly number[] = [76, 75, 74, 73, 72, 71, 78, 70, 68, 64, 60];

export const transferWriters: readonly TransferWriter[] = [
  ...["8bit", "7bit", "", "binary"].map((encoding) => ({
    encoding,
    name: encoding === "" ? "no transfer encoding" : encoding,
    write: (content: string) => content,
  })),
  ...base64Widths.flatMap((width) =>
    ["\r\n", ""].map((end) => ({
      encoding: "base64",
      name: `base64 in ${width} columns`,
      write: (content: string) => writeBase64(content, width, end),
    })),
  ),
  ...printableWidths.flatMap((width) =>
    printableStyles.map((style) => ({
      encoding: "quoted-printable",
      name: `quoted-printable in ${width} columns`,
      write: (content: string) => writeQuotedPrintable(content, width, style),
    })),
  ),
];

function writeBase64(content: string, width: number, end: string): string {
  const digits = Buffer.from(content, "latin1").toString("base64");
  return (digits.match(new RegExp(`.{1,${width}}`, "g")) ?? []).join("\r\n") + end;
}

function writeQuotedPrintable(content: string, width: number, style: PrintableStyle): string {
  return content
    .split("\r\n")
    .map((line) => wrapLine(escapeLine(line, style), width, style))
    .join("\r\n");
}

function escapeLine(line: string, { tabs, begin }: PrintableStyle): string {
  const escaped = line
    .replace(tabs === "escaped" ? /[^ -<>-~]/g : /[^\t -<>-~]/g, escapeOctet)
    .replace(/[ \t]$/, escapeOctet);
  return begin === "escaped" ? escaped.replace(/^(?:\.|F(?=rom ))/, escapeOctet) : escaped;
}

function escapeOctet(character: string): string {
  return `=${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}

function wrapLine(line: string, width: number, { last, at }: PrintableStyle): string {
  const room = width - 1;
  const whole = last === "full" ? width : room;
  const lines: string[] = [];
  let from = 0;
  while (line.length - from > whole) {
    let to = from + room;
    if (line[to - 1] === "=") {
      to -= 1;
    } else if (line[to - 2] === "=") {
      to -= 2;
    }
    if (at === "space") {
      const space = line.lastIndexOf(" ", to - 1);
      if (space > from) {
        to = space + 1;
      }
    }
    lines.push(`${line.slice(from, to)}=`);
    from = to;
  }
  lines.push(line.slice(from));
  return lines.join("\r\n");
}
