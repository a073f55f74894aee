/** The differences between programs that write quoted-printable (RFC 2045 6.7). */
export interface PrintableStyle {
  /** Columns, the "=" included. */
  readonly width: number;
  /**
   * When a line breaks. "full" and "plain": before it would exceed the width; the last piece may fill the
   * width, with "plain" only if it ends with an unescaped character. "short": no piece fills the width.
   * "after": once the line has exceeded the width less four, as in Postfix and Sendmail.
   */
  readonly breaks: "full" | "plain" | "short" | "after" | "never";
  /** Whether lines break after any character, or only after the last space that fits. */
  readonly at: "character" | "space";
  readonly tabs: "literal" | "escaped";
  /** What is escaped at the start of a line: nothing, dots and "From ", or only a dot that is the whole line. */
  readonly begin: "literal" | "dot and From" | "lone dot";
  readonly hex: "upper" | "lower";
}

const usual: PrintableStyle = {
  width: 76,
  breaks: "full",
  at: "character",
  tabs: "literal",
  begin: "literal",
  hex: "upper",
};
const widths: readonly number[] = [76, 78, 75, 74, 73, 72, 77, 71, 70, 68, 66, 64, 60];
const otherBeginnings: readonly Partial<PrintableStyle>[] = [
  {},
  { begin: "dot and From" },
  { begin: "lone dot" },
  { tabs: "escaped" },
  { tabs: "escaped", begin: "dot and From" },
];

/** The styles of known programs, the most common first; no two give the same result for all text. */
export const printableStyles: readonly PrintableStyle[] = [
  ...otherBeginnings.flatMap((beginning) =>
    (
      [
        { breaks: "full" },
        { breaks: "plain" },
        { breaks: "short" },
        { breaks: "after" },
        { breaks: "never" },
        { at: "space" },
        { at: "space", breaks: "short" },
      ] as const
    ).map((breaking) => Object.assign({}, usual, beginning, breaking)),
  ),
  ...(["full", "plain", "after"] as const).map((breaks) =>
    Object.assign({}, usual, { breaks, hex: "lower" as const }),
  ),
  ...widths
    .slice(1)
    .flatMap((width) =>
      (["full", "plain", "short"] as const).flatMap((breaks) =>
        (["character", "space"] as const).map((at) =>
          Object.assign({}, usual, { width, breaks, at }),
        ),
      ),
    ),
];

export function writePrintable(content: string, style: PrintableStyle): string {
  return content
    .split("\r\n")
    .map((line) => wrapLine(escapeLine(line, style), style))
    .join("\r\n");
}

/** Decodes quoted-printable; invalid escapes stay as they are. */
export function readPrintable(text: string): string {
  return text
    .replace(/(?<![ \t])[ \t]+(?=\r\n|$)/g, "")
    .replace(/=\r\n/g, "")
    .replace(/=([0-9A-Fa-f]{2})/g, (_, octet: string) => String.fromCharCode(parseInt(octet, 16)));
}

function escapeLine(line: string, { tabs, begin, hex }: PrintableStyle): string {
  const escape = (character: string): string => {
    const digits = character.charCodeAt(0).toString(16).padStart(2, "0");
    return `=${hex === "upper" ? digits.toUpperCase() : digits}`;
  };
  const escaped = line
    .replace(tabs === "escaped" ? /[^ -<>-~]/g : /[^\t -<>-~]/g, escape)
    .replace(/[ \t]$/, escape);
  if (begin === "dot and From") {
    return escaped.replace(/^(?:\.|F(?=rom ))/, escape);
  }
  return begin === "lone dot" && escaped === "." ? escape(escaped) : escaped;
}

function wrapLine(line: string, style: PrintableStyle): string {
  const { width, breaks } = style;
  if (breaks === "never" || line.length < width - 4) {
    return line;
  }
  const room = width - 1;
  const endsPlain = line.at(-3) !== "=";
  const whole = breaks === "full" || (breaks === "plain" && endsPlain) ? width : room;
  const lines: string[] = [];
  let from = 0;
  while (line.length - from > (breaks === "after" ? room - 2 : whole)) {
    const to = breaks === "after" ? endAfter(line, from, width - 4) : endBefore(line, from, style);
    if (to >= line.length) {
      break;
    }
    lines.push(`${line.slice(from, to)}=`);
    from = to;
  }
  lines.push(line.slice(from));
  return lines.join("\r\n");
}

/** The end of the last whole character that fits, or the space before it. */
function endBefore(line: string, from: number, { width, at }: PrintableStyle): number {
  let to = from + width - 1;
  if (line[to - 1] === "=") {
    to -= 1;
  } else if (line[to - 2] === "=") {
    to -= 2;
  }
  const space = at === "space" ? line.lastIndexOf(" ", to - 1) : -1;
  return space > from ? space + 1 : to;
}

/** The end of the first whole character that is beyond `length`. */
function endAfter(line: string, from: number, length: number): number {
  let to = from + length + 1;
  if (line[to - 1] === "=") {
    to += 2;
  } else if (line[to - 2] === "=") {
    to += 1;
  }
  return to;
}
