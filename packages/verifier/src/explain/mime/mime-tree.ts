/** A leaf of a message's MIME tree (RFC 2046), by offsets into the body. */
export interface MimePart {
  /** The start of its header; equals `start` for the body of a message without parts. */
  readonly headerStart: number;
  readonly start: number;
  /** Before the line ending that belongs to the delimiter. */
  readonly end: number;
  /** type/subtype, lower case. */
  readonly type: string;
  /** As written, without quotes; empty if there is none. */
  readonly charset: string;
  /** Content-Transfer-Encoding, lower case; "7bit" if there is none. */
  readonly encoding: string;
}

/** A multipart: its boundary and the offsets of its delimiters. */
export interface Multipart {
  readonly boundary: string;
  /** The offset of each delimiter line, including the closing one. */
  readonly delimiters: readonly number[];
  /** Offset of the closing delimiter line, or -1. */
  readonly closing: number;
  readonly start: number;
  readonly end: number;
}

export interface MimeTree {
  readonly leaves: readonly MimePart[];
  /** Outermost first. */
  readonly multiparts: readonly Multipart[];
}

const maxDepth = 8;
const maxParts = 100;

/** Reads the parts of a body, given the Content-Type and Content-Transfer-Encoding of its message. */
export function readMimeTree(body: string, contentType: string, encoding: string): MimeTree {
  const tree = { leaves: [] as MimePart[], multiparts: [] as Multipart[] };
  const whole = { headerStart: 0, start: 0, end: body.length };
  addPart(body, whole, contentType, encoding, 0, tree);
  return tree;
}

function addPart(
  body: string,
  place: Pick<MimePart, "headerStart" | "start" | "end">,
  contentType: string,
  encoding: string,
  depth: number,
  tree: { leaves: MimePart[]; multiparts: Multipart[] },
): void {
  if (tree.leaves.length >= maxParts) {
    return;
  }
  const type = /^[^;\s]*/.exec(contentType.trim())?.[0].toLowerCase() || "text/plain";
  const boundary = parameter(contentType, "boundary");
  if (type.startsWith("multipart/") && boundary !== "" && depth < maxDepth) {
    addMultipart(body, place, boundary, depth, tree);
    return;
  }
  tree.leaves.push({
    ...place,
    type,
    charset: parameter(contentType, "charset"),
    encoding: encoding.trim().toLowerCase() || "7bit",
  });
}

function addMultipart(
  body: string,
  place: Pick<MimePart, "start" | "end">,
  boundary: string,
  depth: number,
  tree: { leaves: MimePart[]; multiparts: Multipart[] },
): void {
  const { delimiters, closing } = findDelimiters(body, place, boundary);
  tree.multiparts.push({ boundary, delimiters, closing, start: place.start, end: place.end });
  for (const [index, delimiter] of delimiters.entries()) {
    if (delimiter === closing) {
      break;
    }
    const headerStart = lineEnd(body, delimiter);
    const next = delimiters[index + 1];
    const end = next === undefined ? place.end : Math.max(headerStart, next - 2);
    const start = endOfHeader(body, headerStart, end);
    const header = unfold(body.slice(headerStart, start));
    const location = { headerStart, start: Math.min(start, end), end };
    const contentType = headerValue(header, "content-type");
    addPart(
      body,
      location,
      contentType,
      headerValue(header, "content-transfer-encoding"),
      depth + 1,
      tree,
    );
  }
}

function findDelimiters(
  body: string,
  { start, end }: Pick<MimePart, "start" | "end">,
  boundary: string,
): Pick<Multipart, "delimiters" | "closing"> {
  const delimiters: number[] = [];
  const text = `--${boundary}`;
  for (let at = body.indexOf(text, start); at >= 0 && at < end; at = body.indexOf(text, at + 1)) {
    if (at > start && body[at - 1] !== "\n") {
      continue;
    }
    const rest = body.slice(at + text.length, at + text.length + 80);
    const isClosing = /^--[ \t]*(?:\r\n|$)/.test(rest);
    if (!isClosing && !/^[ \t]*(?:\r\n|$)/.test(rest)) {
      continue;
    }
    delimiters.push(at);
    if (isClosing) {
      return { delimiters, closing: at };
    }
    if (delimiters.length > maxParts) {
      break;
    }
  }
  return { delimiters, closing: -1 };
}

function lineEnd(body: string, at: number): number {
  const end = body.indexOf("\r\n", at);
  return end < 0 ? body.length : end + 2;
}

/** The offset after the blank line that ends the header. */
function endOfHeader(body: string, from: number, end: number): number {
  if (body.startsWith("\r\n", from)) {
    return from + 2;
  }
  const blank = body.indexOf("\r\n\r\n", from);
  return blank < 0 || blank >= end ? end : blank + 4;
}

function unfold(header: string): string {
  return header.replace(/\r\n[ \t]+/g, " ");
}

function headerValue(header: string, name: string): string {
  for (const line of header.split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon > 0 && line.slice(0, colon).trim().toLowerCase() === name) {
      return line.slice(colon + 1);
    }
  }
  return "";
}

/** A parameter of a Content-Type (RFC 2045 5.1); empty if there is none. */
export function parameter(contentType: string, name: string): string {
  const match = new RegExp(`;\\s*${name}\\s*=\\s*(?:"([^"]{0,200})"|([^\\s;"]{1,200}))`, "i").exec(
    contentType,
  );
  return match?.[1] ?? match?.[2] ?? "";
}
