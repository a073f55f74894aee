import type { CauseCode } from "../cause.ts";
import type { MimePart } from "../mime/mime-tree.ts";
import { decodeTransfer } from "../mime/transfer-encodings.ts";
import type { BodyCandidate } from "./body-candidate.ts";
import { writersOf } from "./part-encodings.ts";

/** The content of a part without text that may have been added to it. */
export interface WithoutText {
  readonly content: string;
  readonly added: string;
}

/** Gives the content of a part of this type without each of the texts that may have been added. */
type Cut = (content: string, type: string) => Iterable<WithoutText>;

/** A possible original of a part, in its transfer encoding. */
interface PartVariant {
  readonly text: string;
  readonly added: string;
}

/**
 * Variants of a part: first of its text as it stands, for systems that do not encode it again, then of its
 * decoded content, encoded as the part is and in the usual ways.
 */
function* partVariants(
  body: string,
  { start, end, encoding, type }: MimePart,
  cut: Cut,
): Generator<PartVariant> {
  const raw = body.slice(start, end);
  for (const { content, added } of cut(raw, type)) {
    yield { text: content, added };
  }
  if (encoding !== "quoted-printable" && encoding !== "base64") {
    return;
  }
  const cuts = [...cut(decodeTransfer(raw, encoding), type)];
  for (const writer of writersOf(raw, encoding)) {
    for (const { content, added } of cuts) {
      yield { text: writer.write(content), added };
    }
  }
}

/** Only this many variants of each part are combined with those of another part. */
const mostPaired = 40;

/** Bodies with a variant of one text part, then of two text parts at once, the most likely first. */
export function* bodiesWithVariants(
  body: string,
  leaves: readonly MimePart[],
  cut: Cut,
  told: (parts: string) => { readonly code: CauseCode; readonly detail: string },
): Generator<BodyCandidate> {
  const candidate = (chosen: readonly (readonly [MimePart, PartVariant])[]): BodyCandidate => ({
    body: replacedParts(body, chosen),
    steps: [
      {
        ...told(chosen.map(([{ type }]) => `the ${type} part`).join(" and ")),
        changes: chosen.map(([, { added }]) => ({ received: added.slice(0, 1000) })),
      },
    ],
  });
  const kept: (readonly [MimePart, readonly PartVariant[]])[] = [];
  for (const part of leaves.filter(({ type }) => type.startsWith("text/"))) {
    const likely: PartVariant[] = [];
    for (const variant of partVariants(body, part, cut)) {
      yield candidate([[part, variant]]);
      if (likely.length < mostPaired) {
        likely.push(variant);
      }
    }
    kept.push([part, likely]);
  }
  for (const [index, [first, ones]] of kept.entries()) {
    for (const [second, others] of kept.slice(index + 1)) {
      for (let rank = 0; rank < ones.length + others.length - 1; rank++) {
        for (let place = Math.max(0, rank - others.length + 1); place <= rank; place++) {
          const [one, other] = [ones[place], others[rank - place]];
          if (one !== undefined && other !== undefined) {
            yield candidate([
              [first, one],
              [second, other],
            ]);
          }
        }
      }
    }
  }
}

function replacedParts(
  body: string,
  chosen: readonly (readonly [MimePart, PartVariant])[],
): string {
  let result = "";
  let from = 0;
  for (const [part, { text }] of chosen) {
    result += body.slice(from, part.start) + text;
    from = part.end;
  }
  return result + body.slice(from);
}
