import { charsetLabels, decodeCharset, encodeCharset } from "../mime/charsets.ts";
import type { MimePart } from "../mime/mime-tree.ts";
import {
  decodeTransfer,
  type TransferWriter,
  transferWriters,
} from "../mime/transfer-encodings.ts";
import { type BodyCandidate, firstDifference } from "./body-candidate.ts";

/** A possible original of a part: its header and its content. */
interface PartText {
  readonly text: string;
  readonly detail: string;
}

const mostSame = 4;
const mostUsual = 8;

/** One writer for each encoding, to combine with a charset or with the writer of another part. */
const commonWriters: readonly TransferWriter[] = transferWriters.filter(
  ({ encoding }, index) =>
    transferWriters.findIndex((writer) => writer.encoding === encoding) === index,
);

/**
 * Bodies in which all text parts, or one part, have another transfer encoding or line width (RFC 2045 6) or
 * another charset. Bodies that equal the received one are left out.
 */
export function* reencodedBodies(
  body: string,
  leaves: readonly MimePart[],
): Generator<BodyCandidate> {
  const texts = leaves.filter(({ type }) => type.startsWith("text/"));
  for (const writer of transferWriters) {
    if (texts.length > 1) {
      yield* replaced(body, texts, (part) => written(body, part, writer));
    }
    for (const part of leaves.filter((leaf) => isLikely(leaf, writer))) {
      yield* replaced(body, [part], () => written(body, part, writer));
    }
  }
  yield* transcodedBodies(body, texts);
  const [first, second] = texts;
  if (first !== undefined && second !== undefined) {
    for (const one of commonWriters) {
      for (const other of commonWriters) {
        yield* replaced(body, [first, second], (part) =>
          written(body, part, part === first ? one : other),
        );
      }
    }
  }
}

/** Parts that are not text stay in base64. */
function isLikely({ type, encoding }: MimePart, writer: TransferWriter): boolean {
  return type.startsWith("text/") || encoding !== "base64" || writer.encoding === "base64";
}

function* transcodedBodies(body: string, texts: readonly MimePart[]): Generator<BodyCandidate> {
  for (const label of charsetLabels) {
    for (const part of texts) {
      const raw = body.slice(part.start, part.end);
      for (const writer of new Set([...writersOf(raw, part.encoding), ...commonWriters])) {
        yield* replaced(body, texts, (one) => transcoded(body, one, label, writer));
        if (texts.length > 1) {
          yield* replaced(body, [part], () => transcoded(body, part, label, writer));
        }
      }
    }
  }
}

/** The writers that reproduce a part exactly, then the usual others of its encoding. */
export function writersOf(text: string, encoding: string): readonly TransferWriter[] {
  const content = decodeTransfer(text, encoding);
  const alike = transferWriters.filter((writer) => writer.encoding === encoding);
  const same = alike.filter((writer) => writer.write(content) === text);
  return [...new Set([...same.slice(0, mostSame), ...alike.slice(0, mostUsual)])];
}

function* replaced(
  body: string,
  parts: readonly MimePart[],
  rewrite: (part: MimePart) => PartText | undefined,
): Generator<BodyCandidate> {
  let result = "";
  let from = 0;
  let detail: string | undefined;
  for (const part of parts) {
    const rewritten = rewrite(part);
    if (rewritten === undefined) {
      return;
    }
    detail ??= rewritten.detail;
    result += body.slice(from, part.headerStart) + rewritten.text;
    from = part.end;
  }
  result += body.slice(from);
  if (detail !== undefined && result !== body) {
    const changes = firstDifference(body, result) ?? [];
    yield { body: result, steps: [{ code: "body-reencoded", detail, changes }] };
  }
}

function written(body: string, part: MimePart, writer: TransferWriter): PartText {
  const content = decodeTransfer(body.slice(part.start, part.end), part.encoding);
  const header = withEncoding(body.slice(part.headerStart, part.start), writer.encoding);
  const done =
    part.encoding === writer.encoding
      ? "encoded again in another way"
      : `converted to ${part.encoding}`;
  return {
    text: header + writer.write(content),
    detail: `the ${part.type} part was ${done} on the way; it was signed as ${writer.name}`,
  };
}

function transcoded(
  body: string,
  part: MimePart,
  label: string,
  writer: TransferWriter,
): PartText | undefined {
  const raw = body.slice(part.start, part.end);
  const text = decodeCharset(decodeTransfer(raw, part.encoding), part.charset);
  const content = text === undefined ? undefined : encodeCharset(text, label);
  if (content === undefined || label === part.charset) {
    return undefined;
  }
  const header = withEncoding(body.slice(part.headerStart, part.start), writer.encoding);
  return {
    text: withCharset(header, label) + writer.write(content),
    detail: `the text was converted from ${label} to ${part.charset || "another charset"} on the way`,
  };
}

const encodingField = /^Content-Transfer-Encoding[ \t]*:[^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*/im;

/** A part's header with this encoding. A message without parts has its header elsewhere, so nothing changes. */
function withEncoding(header: string, encoding: string): string {
  if (header === "" || header === "\r\n") {
    return header;
  }
  if (encoding === "") {
    return header.replace(encodingField, "");
  }
  const current = encodingField.exec(header)?.[0];
  const value = /:[ \t]*([^\s;]*)/.exec(current ?? "")?.[1] ?? "";
  if (current !== undefined) {
    return value.toLowerCase() === encoding
      ? header
      : header.replace(encodingField, current.replace(value, encoding));
  }
  return header.replace(/\r\n$/, `Content-Transfer-Encoding: ${encoding}\r\n\r\n`);
}

function withCharset(header: string, label: string): string {
  return header.replace(/(charset\s*=\s*"?)[^\s;"]{1,100}/i, `$1${label}`);
}
