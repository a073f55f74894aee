import type { MimePart } from "../mime/mime-tree.ts";
import type { BodyCandidate } from "./body-candidate.ts";
import { bodiesWithVariants, type WithoutText } from "./part-contents.ts";

const mostEnds = 30;
const mostCharacters = 8000;

/** Bodies without a text at the beginning of one text part, then of two text parts at once. */
export function bodiesWithoutBanners(
  body: string,
  leaves: readonly MimePart[],
): Generator<BodyCandidate> {
  return bodiesWithVariants(body, leaves, withoutBanners, (parts) => ({
    code: "body-edited",
    detail: `text was added at the beginning of ${parts}`,
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

/** Where text that is shown begins. */
function htmlHead(content: string): number {
  const tag = content.search(/<body\b/i);
  return tag < 0 ? 0 : content.indexOf(">", tag) + 1;
}

/** Ends of lines, and of tags in HTML, from the first one down. */
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
