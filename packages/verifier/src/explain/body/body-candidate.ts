import type { Step } from "../cause.ts";

/** A possible original body, and the changes that lead from it to the received one. */
export interface BodyCandidate {
  readonly body: string;
  readonly steps: readonly Step[];
}

/** The first lines at which two texts differ, shortened for a person to read. */
export function firstDifference(received: string, signed: string): Step["changes"] {
  let from = 0;
  const shorter = Math.min(received.length, signed.length);
  while (from < shorter && received.charCodeAt(from) === signed.charCodeAt(from)) {
    from++;
  }
  const start = Math.max(0, received.lastIndexOf("\n", from - 1) + 1, from - 200);
  return [{ received: someLines(received, start), signed: someLines(signed, start) }];
}

const shownLines = 3;
const shownCharacters = 400;

/** A few whole lines, starting at `start`. */
export function someLines(text: string, start: number, count: number = shownLines): string {
  let end = start;
  for (let line = 0; line < count && end < text.length; line++) {
    const newline = text.indexOf("\n", end);
    end = newline < 0 ? text.length : newline + 1;
  }
  return text.slice(start, Math.min(end, start + shownCharacters));
}
