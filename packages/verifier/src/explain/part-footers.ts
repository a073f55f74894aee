import type { BodyCandidate } from "./body-candidate.ts";
import type { MimePart } from "./mime-parts.ts";
import { writerOf } from "./part-encodings.ts";
import { decodeTransfer } from "./transfer-encodings.ts";

const mostFooterLines = 40;
const mostFooterCharacters = 8000;

interface WithoutFooter {
  readonly text: string;
  readonly footer: string;
}

/** Bodies without a text at the end of one text part, then of two text parts at once. */
export function* unfootedBodies(
  body: string,
  leaves: readonly MimePart[],
): Generator<BodyCandidate> {
  const parts = leaves
    .filter(({ type }) => type.startsWith("text/"))
    .map((part) => ({ part, variants: withoutFooters(body, part) }));
  for (const { part, variants } of parts) {
    for (const variant of variants) {
      yield candidate(body, [[part, variant]]);
    }
  }
  for (const [index, first] of parts.entries()) {
    for (const second of parts.slice(index + 1)) {
      for (const one of first.variants) {
        for (const other of second.variants) {
          yield candidate(body, [
            [first.part, one],
            [second.part, other],
          ]);
        }
      }
    }
  }
}

function candidate(
  body: string,
  cuts: readonly (readonly [MimePart, WithoutFooter])[],
): BodyCandidate {
  let result = "";
  let from = 0;
  for (const [part, { text }] of cuts) {
    result += body.slice(from, part.start) + text;
    from = part.end;
  }
  const where = cuts.map(([{ type }]) => type).join(" and the ");
  return {
    body: result + body.slice(from),
    steps: [
      {
        code: "body-appended",
        detail: `text was added at the end of the ${where} part`,
        changes: cuts.map(([, { footer }]) => ({ received: footer })),
      },
    ],
  };
}

function withoutFooters(body: string, part: MimePart): readonly WithoutFooter[] {
  const raw = body.slice(part.start, part.end);
  const variants = cutEnds(raw, part.type);
  const writer = ["quoted-printable", "base64"].includes(part.encoding)
    ? writerOf(raw, part.encoding)
    : undefined;
  if (writer === undefined) {
    return variants;
  }
  const decoded = cutEnds(decodeTransfer(raw, part.encoding), part.type);
  return [
    ...variants,
    ...decoded.map(({ text, footer }) => ({ text: writer.write(text), footer })),
  ];
}

function cutEnds(text: string, type: string): readonly WithoutFooter[] {
  const tail = type === "text/html" ? htmlTail(text) : text.length;
  const starts = footerStarts(text, tail, type);
  return starts.flatMap((start) => {
    const footer = text.slice(start, tail);
    const kept = text.slice(0, start);
    const rest = text.slice(tail);
    const cuts = [{ text: kept + rest, footer }];
    // The line ending before a footer may have come with it.
    return kept.endsWith("\r\n") ? cuts.concat({ text: kept.slice(0, -2) + rest, footer }) : cuts;
  });
}

/** Where text that is shown ends. */
function htmlTail(text: string): number {
  const lower = text.toLowerCase();
  const body = lower.lastIndexOf("</body");
  const html = lower.lastIndexOf("</html");
  return body >= 0 ? body : html >= 0 ? html : text.length;
}

/** Beginnings of lines, and of tags in HTML, from the last one up. */
function footerStarts(text: string, tail: number, type: string): readonly number[] {
  const starts: number[] = [];
  const least = Math.max(0, tail - mostFooterCharacters);
  for (let at = tail - 1; at >= least && starts.length < mostFooterLines; at--) {
    const beginsLine = at === 0 || text[at - 1] === "\n";
    if (beginsLine || (type === "text/html" && text[at] === "<" && text[at + 1] !== "/")) {
      starts.push(at);
    }
  }
  return starts;
}
