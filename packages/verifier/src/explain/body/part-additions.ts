import type { MimePart } from "../mime/mime-tree.ts";
import type { BodyCandidate } from "./body-candidate.ts";
import { bodiesWithVariants, type WithoutText } from "./part-contents.ts";

/** A footer is looked for this far from the end of a text, a banner this far from its beginning. */
const mostCharacters = 8000;
/** Places at which a footer may start. */
const mostStarts = 40;
/** Places at which a banner may end. */
const mostEnds = 30;

/** Bodies without a footer in one text part, then in two text parts at once. */
export function bodiesWithoutFooters(
  body: string,
  leaves: readonly MimePart[],
): Generator<BodyCandidate> {
  return bodiesWithVariants(body, leaves, withoutFooters, (parts) => ({
    code: "body-appended",
    detail: `text was added at the end of ${parts}`,
  }));
}

function* withoutFooters(content: string, type: string): Generator<WithoutText> {
  const tails = type === "text/html" ? htmlTails(content) : [content.length];
  for (const tail of tails) {
    for (const start of footerStarts(content, tail, type)) {
      const added = content.slice(start, tail);
      const kept = content.slice(0, start);
      const rest = content.slice(tail);
      yield { content: kept + rest, added };
      // The line ending before a footer may have come with it.
      if (kept.endsWith("\r\n")) {
        yield { content: kept.slice(0, -2) + rest, added };
      }
    }
  }
}

/** The offsets at which displayed text may end: before the end tags, and at the end of the content. */
function htmlTails(content: string): readonly number[] {
  const lower = content.toLowerCase();
  const tags = ["</body", "</html"].map((tag) => lower.lastIndexOf(tag)).filter((at) => at >= 0);
  return [...new Set([...tags, content.length])];
}

/** The starts of lines, and in HTML of tags, from the last one upwards. */
function footerStarts(content: string, tail: number, type: string): readonly number[] {
  const starts: number[] = [];
  const least = Math.max(0, tail - mostCharacters);
  for (let at = tail - 1; at >= least && starts.length < mostStarts; at--) {
    const beginsLine = at === 0 || content[at - 1] === "\n";
    if (beginsLine || (type === "text/html" && content[at] === "<" && content[at + 1] !== "/")) {
      starts.push(at);
    }
  }
  return starts;
}

/** Bodies without a banner in one text part, then in two text parts at once. */
export function bodiesWithoutBanners(
  body: string,
  leaves: readonly MimePart[],
): Generator<BodyCandidate> {
  return bodiesWithVariants(body, leaves, withoutBanners, (parts) => ({
    code: "body-edited",
    detail: `text was added at the start of ${parts}`,
  }));
}

function* withoutBanners(content: string, type: string): Generator<WithoutText> {
  const head = type === "text/html" ? htmlHead(content) : 0;
  for (const start of new Set([head, 0])) {
    for (const end of bannerEnds(content, start, type)) {
      const added = content.slice(start, end);
      yield { content: content.slice(0, start) + content.slice(end), added };
    }
  }
}

/** The offset at which displayed text begins. */
function htmlHead(content: string): number {
  const tag = content.search(/<body\b/i);
  return tag < 0 ? 0 : content.indexOf(">", tag) + 1;
}

/** The ends of lines, and in HTML of tags, from the first one downwards. */
function bannerEnds(content: string, start: number, type: string): readonly number[] {
  const ends: number[] = [];
  const most = Math.min(content.length, start + mostCharacters);
  for (let at = start; at < most && ends.length < mostEnds; at++) {
    const endsLine = content[at] === "\n";
    if (endsLine || (type === "text/html" && content[at] === ">")) {
      ends.push(at + 1);
    }
  }
  return ends;
}
