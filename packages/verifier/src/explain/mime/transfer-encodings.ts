import { printableStyles, readPrintable, writePrintable } from "./quoted-printable.ts";

/** Latin1 text, one character a byte. */
export function decodeTransfer(text: string, encoding: string): string {
  switch (encoding) {
    case "quoted-printable":
      return readPrintable(text);
    case "base64":
      return Buffer.from(text, "base64").toString("latin1");
    default:
      return text;
  }
}

/** One way in which a mail system encodes content. */
export interface TransferWriter {
  /** The matching value of Content-Transfer-Encoding; "" if the field is absent. */
  readonly encoding: string;
  readonly name: string;
  write(content: string): string;
}

/** Line widths that programs use for base64. */
const base64Widths: readonly number[] = [76, 72, 64, 60, 57, 70, 68, 74, 75, 77, 78, 80, 56, 48];

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
  {
    encoding: "base64",
    name: "base64 in one line",
    write: (content: string) => Buffer.from(content, "latin1").toString("base64"),
  },
  ...printableStyles.map((style) => ({
    encoding: "quoted-printable",
    name: `quoted-printable in ${style.width} columns`,
    write: (content: string) => writePrintable(content, style),
  })),
];

function writeBase64(content: string, width: number, end: string): string {
  const digits = Buffer.from(content, "latin1").toString("base64");
  const lines: string[] = [];
  for (let at = 0; at < digits.length; at += width) {
    lines.push(digits.slice(at, at + width));
  }
  return lines.join("\r\n") + end;
}
