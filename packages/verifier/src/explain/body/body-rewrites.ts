import type { CauseCode } from "../cause.ts";

/** A change that mail systems make throughout a body, and its inverse. */
export interface BodyRewrite {
  readonly code: CauseCode;
  readonly detail: string;
  /** The body before the change, assuming that this change was made; the same text if there is nothing to undo. */
  undo(body: string): string;
}

const whitespace = "body-whitespace";
const lineEndings = "body-line-endings";
const edited = "body-edited";

/** The most likely changes come first. Every expression is linear: it never scans a run twice. */
export const bodyRewrites: readonly BodyRewrite[] = [
  rewrite(
    "body-trailing-blank-lines",
    "lines with only white space were added at the end of the body",
    withoutBlankEnd,
  ),
  rewrite(lineEndings, "CRLF line endings became bare LF", (body) =>
    body.replace(/(?<!\r)\n/g, "\r\n"),
  ),
  rewrite(lineEndings, "CRLF line endings became CR CR LF", (body) =>
    body.replaceAll("\r\r\n", "\r\n"),
  ),
  rewrite(lineEndings, "CRLF line endings became bare CR", (body) =>
    body.replace(/\r(?!\n)/g, "\r\n"),
  ),
  rewrite(
    lineEndings,
    "bare CR and LF became CRLF line endings, or the signer hashed the lines with LF alone",
    (body) => body.replaceAll("\r\n", "\n"),
  ),
  rewrite(whitespace, "a space was added at the end of lines", (body) =>
    body.replaceAll(" \r\n", "\r\n"),
  ),
  rewrite(whitespace, "white space was added at the end of lines", (body) =>
    body.replace(/(?<![ \t])[ \t]+(?=\r\n|$)/g, ""),
  ),
  rewrite(whitespace, "every space was doubled", (body) =>
    body.replace(/ {2,}/g, (run) => " ".repeat(Math.ceil(run.length / 2))),
  ),
  rewrite(whitespace, "single spaces became several", (body) =>
    body.replace(/(?<![ \t])[ \t]{2,}(?![ \t]|\r\n)/g, " "),
  ),
  rewrite(whitespace, "the two spaces between sentences became one", (body) =>
    body.replace(/(?<=[.!?]) (?=\S)/g, "  "),
  ),
  rewrite(whitespace, "white space was added between words and at the end of lines", (body) =>
    body.replace(/[ \t]+/g, " ").replace(/ (?=\r\n|$)/g, ""),
  ),
  rewrite(whitespace, "tabs became eight spaces", (body) => body.replaceAll("        ", "\t")),
  rewrite(whitespace, "tabs became four spaces", (body) => body.replaceAll("    ", "\t")),
  rewrite(whitespace, "tabs became two spaces", (body) => body.replaceAll("  ", "\t")),
  rewrite(whitespace, "tabs were expanded to columns of eight", (body) => unexpandTabs(body)),
  rewrite(whitespace, "tabs at the start of lines became a space", (body) =>
    body.replace(/^ (?! )/gm, "\t"),
  ),
  rewrite(whitespace, "spaces became tabs", (body) => body.replaceAll("\t", " ")),
  rewrite(whitespace, "groups of eight spaces became tabs", (body) =>
    body.replaceAll("\t", "        "),
  ),
  rewrite(whitespace, "lines were indented by a space", (body) => body.replace(/^ /gm, "")),
  rewrite(whitespace, 'the space at the end of the signature delimiter "-- " was removed', (body) =>
    body.replace(/^--(?=\r\n)/gm, "-- "),
  ),
  rewrite(whitespace, "the spaces at the ends of flowed lines (RFC 3676) were removed", (body) =>
    flowLines(body),
  ),
  rewrite(
    edited,
    "dots at the start of lines were doubled for SMTP (dot stuffing), and that was not undone",
    (body) => body.replace(/^\.\./gm, "."),
  ),
  rewrite(
    edited,
    "double dots at the start of lines became single: SMTP's dot stuffing was undone once too often",
    (body) => body.replace(/^\./gm, ".."),
  ),
  rewrite(edited, 'lines that begin with "From " were escaped with ">"', (body) =>
    body.replace(/^>From /gm, "From "),
  ),
  rewrite(edited, 'lines that begin with "From ", and quoted ones, were escaped with ">"', (body) =>
    body.replace(/^>(>*From )/gm, "$1"),
  ),
  rewrite(edited, 'lines that begin with ">From " lost their ">"', (body) =>
    body.replace(/^From /gm, ">From "),
  ),
  rewrite(edited, 'long lines were broken with "!"', (body) => body.replaceAll("!\r\n ", "")),
  ...[78, 76, 72, 75, 77, 79, 80, 74, 73, 70, 65, 60, 100, 120, 132].map((width) =>
    rewrite(edited, `long lines were wrapped at ${width} columns`, (body) =>
      unwrapLines(body, width),
    ),
  ),
  rewrite(edited, "lines of 990 octets or more were broken", (body) =>
    body.replace(/(?<=^[^\r\n]{980,998})\r\n ?/gm, ""),
  ),
];

function rewrite(code: CauseCode, detail: string, undo: (body: string) => string): BodyRewrite {
  return { code, detail, undo };
}

/** The lines below the last one that is not blank. */
function withoutBlankEnd(body: string): string {
  const end = lastTextEnd(body);
  const newline = body.indexOf("\n", end);
  return newline < 0 || newline + 1 === body.length ? body : body.slice(0, newline + 1);
}

function lastTextEnd(body: string): number {
  let end = body.length;
  while (end > 0 && " \t\r\n".includes(body[end - 1] ?? "")) {
    end--;
  }
  return end;
}

const shortestFlowed = 50;

/** A space at the end of each long line that another follows, and of the signature delimiter. */
function flowLines(body: string): string {
  const lines = body.split("\r\n");
  return lines
    .map((line, index) => {
      const isFlowed = line.length >= shortestFlowed && /^\S/.test(lines[index + 1] ?? "");
      return (isFlowed && !line.endsWith(" ")) || line === "--" ? `${line} ` : line;
    })
    .join("\r\n");
}

/** Joins a line with the next one if the first word of the next would have exceeded the width. */
function unwrapLines(body: string, width: number): string {
  let text = "";
  let length = 0;
  for (const [index, line] of body.split("\r\n").entries()) {
    const word = /^\S*/.exec(line)?.[0].length ?? 0;
    const isWrapped = length > 0 && length <= width && word > 0 && length + 1 + word > width;
    text += `${index === 0 ? "" : isWrapped ? " " : "\r\n"}${line}`;
    length = line.length;
  }
  return text;
}

const tabWidth = 8;

/** Spaces up to a column of eight become a tab again. */
function unexpandTabs(body: string): string {
  return body.replace(/[^\r\n]+/g, (line) => {
    if (!line.includes("  ")) {
      return line;
    }
    const cells = line.match(/.{1,8}/g) ?? [];
    return cells
      .map((cell, index) =>
        index < cells.length - 1 && cell.length === tabWidth ? cell.replace(/ +$/, "\t") : cell,
      )
      .join("");
  });
}
