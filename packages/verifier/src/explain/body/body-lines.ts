import { createHash, type Hash } from "node:crypto";
import type { Budget } from "../budget.ts";
import type { BodyTest } from "./body-test.ts";

/** Lines of a canonical body, each with its CRLF; a bare CR or LF is content. */
export function linesOf(body: string): readonly string[] {
  const lines: string[] = [];
  let from = 0;
  for (let at = body.indexOf("\r\n"); at >= 0; at = body.indexOf("\r\n", from)) {
    lines.push(body.slice(from, at + 2));
    from = at + 2;
  }
  if (from < body.length) {
    lines.push(body.slice(from));
  }
  return lines;
}

/** The end of a long body is searched first, because appended text is short. */
const likelyLines = 2000;
/** The clock is checked only once in this many lines: a line costs a microsecond or two. */
const linesBetweenLooks = 128;

/**
 * The number of leading lines whose hash is bh=; undefined if there is none. It counts as one hypothesis,
 * because one running hash is compared after each line.
 */
export function signedPrefix(
  lines: readonly string[],
  test: BodyTest,
  budget: Budget,
): number | undefined {
  const likelyFrom = Math.max(0, lines.length - likelyLines);
  return (
    searchPrefix(lines, likelyFrom, lines.length, test, budget) ??
    searchPrefix(lines, 0, likelyFrom, test, budget)
  );
}

function searchPrefix(
  lines: readonly string[],
  from: number,
  to: number,
  test: BodyTest,
  budget: Budget,
): number | undefined {
  if (from >= to || !budget.take()) {
    return undefined;
  }
  const hash = createHash(test.algorithm.hash);
  hash.update(lines.slice(0, from).join(""), "latin1");
  if (from === 0 && isEmptyBody(test)) {
    return 0;
  }
  let blank = "";
  for (let index = from; index < to; index++) {
    const line = lines[index] ?? "";
    if (line === "\r\n") {
      // Blank lines at the end are not part of a canonical body; they count only if content follows.
      blank += line;
      continue;
    }
    hash.update(blank + (line.endsWith("\r\n") ? line : `${line}\r\n`), "latin1");
    blank = "";
    if (index % linesBetweenLooks === 0 && !budget.hasTime()) {
      return undefined;
    }
    if (test.isExpected(digestSoFar(hash))) {
      return index + 1;
    }
  }
  return undefined;
}

function isEmptyBody(test: BodyTest): boolean {
  return test.isExpected(
    createHash(test.algorithm.hash)
      .update(test.canonicalization === "simple" ? "\r\n" : "")
      .digest(),
  );
}

function digestSoFar(hash: Hash): Uint8Array {
  return hash.copy().digest();
}

/** A block of lines: `from` is included, `to` is not. */
export interface LineBlock {
  readonly from: number;
  readonly to: number;
}

/** Longer insertions are recognized by their content instead. */
const longestBlock = 40;

/**
 * The block of lines whose removal restores the signed body. Blocks near the end come first, because
 * footers stand there.
 */
export function insertedBlock(
  lines: readonly string[],
  test: BodyTest,
  budget: Budget,
): LineBlock | undefined {
  const states: Hash[] = [];
  const hash = createHash(test.algorithm.hash);
  for (const line of lines) {
    states.push(hash.copy());
    hash.update(line, "latin1");
  }
  const rest = Buffer.from(lines.join(""), "latin1");
  const offsets: number[] = [0];
  for (const line of lines) {
    offsets.push((offsets.at(-1) ?? 0) + line.length);
  }
  for (let from = lines.length - 1; from >= 0; from--) {
    for (let to = from + 1; to < lines.length && to <= from + longestBlock; to++) {
      if (!budget.take()) {
        return undefined;
      }
      const state = states[from]?.copy().update(rest.subarray(offsets[to]));
      if (state !== undefined && test.isExpected(state.digest())) {
        return { from, to };
      }
    }
  }
  return undefined;
}
