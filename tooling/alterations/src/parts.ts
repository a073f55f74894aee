import type { Mail } from "./mail.ts";

/** A part of a multipart: its header with the blank line, and its content. */
export interface Part {
  readonly header: string;
  readonly content: string;
}

/** The boundary of the outermost multipart. */
export function boundaryOf(mail: Mail): string | undefined {
  return /boundary="?([^";]+)/i.exec(mail.value("Content-Type") ?? "")?.[1];
}

/** Rewrites every leaf of a message; a message without parts is one leaf with no header. */
export function mapLeaves(mail: Mail, change: (part: Part) => Part): Mail {
  return mail.withBody(mapped(mail.body, boundaryOf(mail), change, mail));
}

function mapped(
  body: string,
  boundary: string | undefined,
  change: (part: Part) => Part,
  mail?: Mail,
): string {
  if (boundary === undefined) {
    const header = mail === undefined ? "" : headerOf(mail);
    return change({ header, content: body }).content;
  }
  const [preamble = "", ...rest] = body.split(`--${boundary}`);
  const parts = rest.map((piece) => {
    if (piece.startsWith("--")) {
      return piece;
    }
    const end = piece.indexOf("\r\n\r\n") + 4;
    const header = piece.slice(2, end);
    const content = piece.slice(end, -2);
    const inner = /boundary="?([^";\r]+)/i.exec(header)?.[1];
    const part =
      inner === undefined
        ? change({ header, content })
        : { header, content: mapped(content, inner, change) };
    return `\r\n${part.header}${part.content}\r\n`;
  });
  return [preamble, ...parts].join(`--${boundary}`);
}

function headerOf(mail: Mail): string {
  return mail.fields
    .filter(({ name }) => /^content-/i.test(name))
    .map(({ raw }) => `${raw}\r\n`)
    .join("");
}

export function isText({ header }: Part): boolean {
  return !/^content-type:/im.test(header) || /^content-type:\s*text\//im.test(header);
}

export function isHtml({ header }: Part): boolean {
  return /^content-type:\s*text\/html/im.test(header);
}

export function encodingOf({ header }: Part): string {
  return /^content-transfer-encoding:\s*(\S+)/im.exec(header)?.[1]?.toLowerCase() ?? "7bit";
}

export function charsetOf({ header }: Part): string {
  return /charset="?([^";\s]+)/i.exec(header)?.[1]?.toLowerCase() ?? "us-ascii";
}
