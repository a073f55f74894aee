import { Buffer } from "node:buffer";
import { oneOf, optionsCheck } from "@mailseal/errors";
import { invalidOption } from "../errors.ts";
import { checkBytes, checkChunk } from "../text/argument-checks.ts";
import { countCrlfLines } from "./crlf-lines.ts";

const cr = 0x0d;
const lf = 0x0a;
const nothing: Uint8Array = new Uint8Array(0);

/** How many line endings there are of each kind. */
export interface LineEndingCounts {
  /** CRLF. */
  readonly crlf: number;
  /** LF without CR before it. */
  readonly bareLf: number;
  /** CR without LF after it. */
  readonly bareCr: number;
}

/** What counts as a line ending. */
export interface CrlfOptions {
  /** A CR without LF ends a line ("fix", the default) or is content ("keep"). */
  readonly bareCr?: "fix" | "keep";
}

const checkOptions = optionsCheck<CrlfOptions>(
  "options",
  { bareCr: oneOf(["fix", "keep"]) },
  invalidOption,
);

/**
 * The number of lines with each line ending.
 *
 * ```ts
 * countLineEndings(Buffer.from("a\r\nb\n")); // { crlf: 1, bareCr: 0, bareLf: 1 }
 * ```
 */
export function countLineEndings(bytes: Uint8Array): LineEndingCounts {
  checkBytes(bytes);
  let crlf = 0;
  let bareLf = 0;
  let bareCr = 0;
  for (let at = bytes.indexOf(lf); at >= 0; at = bytes.indexOf(lf, at + 1)) {
    if (at > 0 && bytes[at - 1] === cr) {
      crlf++;
    } else {
      bareLf++;
    }
  }
  for (let at = bytes.indexOf(cr); at >= 0; at = bytes.indexOf(cr, at + 1)) {
    if (bytes[at + 1] !== lf) {
      bareCr++;
    }
  }
  return { crlf, bareLf, bareCr };
}

/**
 * Makes every line end with CRLF. Returns the same array if nothing changes. Throws a `MailSyntaxError` "invalid-option".
 *
 * ```ts
 * toCrlf(Buffer.from("At\nnoon?\n")); // "At\r\nnoon?\r\n"
 * ```
 */
export function toCrlf(bytes: Uint8Array, options: CrlfOptions = {}): Uint8Array {
  checkBytes(bytes);
  const fixer = new CrlfFixer(options);
  const fixed = fixer.push(bytes);
  const rest = fixer.end();
  return rest.length === 0 ? fixed : Buffer.concat([fixed, rest]);
}

/** The bare CR and LF that were changed to CRLF. */
export interface LineEndingRepairs {
  /** How many line endings were repaired. */
  readonly count: number;
  /** The first of them. */
  readonly first: {
    readonly found: "bare CR" | "bare LF";
    /** The number of the line that it ended, counted from 1. */
    readonly line: number;
    /** Its offset in bytes, in the text as it was before. */
    readonly offset: number;
  };
}

/**
 * `toCrlf` for a message in pieces: what `push` and `end` return, put together, does not depend on where the
 * pieces end. Nothing is held back: a CR at the end of a piece gets its LF with the next piece.
 *
 * ```ts
 * const fixer = new CrlfFixer();
 * const sent = [fixer.push(Buffer.from("At\nnoon?\r")), fixer.push(Buffer.from("\n")), fixer.end()];
 * Buffer.concat(sent).toString(); // "At\r\nnoon?\r\n"
 * ```
 */
export class CrlfFixer {
  readonly #fixBareCr: boolean;
  /** Whether the last byte was a CR, which has been returned already. */
  #afterCr = false;
  /** Of the pieces before this one; the lines only until the first repair. */
  #offset = 0;
  #lines = 0;
  #count = 0;
  #first: LineEndingRepairs["first"] | undefined;

  /** Throws a `MailSyntaxError` "invalid-option". */
  constructor(options: CrlfOptions = {}) {
    checkOptions(options);
    this.#fixBareCr = options.bareCr !== "keep";
  }

  /** What was changed so far; undefined if nothing was. */
  get repairs(): LineEndingRepairs | undefined {
    return this.#first === undefined ? undefined : { count: this.#count, first: this.#first };
  }

  /** The converted bytes so far: `chunk` itself if nothing changes. */
  push(chunk: Uint8Array): Uint8Array {
    checkChunk(chunk);
    if (chunk.length === 0) return chunk;
    const lines = countCrlfLines(chunk, this.#afterCr);
    const fixed = lines === undefined ? this.#fix(chunk) : chunk;
    this.#lines += lines ?? 0;
    this.#offset += chunk.length;
    this.#afterCr = chunk[chunk.length - 1] === cr;
    return fixed;
  }

  /** The LF for a CR that ended the text. */
  end(): Uint8Array {
    if (!this.#afterCr || !this.#fixBareCr) return nothing;
    this.#afterCr = false;
    this.#note("bare CR", this.#offset - 1, this.#lines);
    return Uint8Array.of(lf);
  }

  #fix(chunk: Uint8Array): Uint8Array {
    const before = this.#count;
    this.#noteBare(chunk);
    const added = this.#count - before;
    if (added === 0) return chunk;
    const fixed = new Uint8Array(chunk.length + added);
    let to = 0;
    let afterCr = this.#afterCr;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0;
      if (byte === lf) {
        if (!afterCr) fixed[to++] = cr;
      } else if (afterCr && this.#fixBareCr) {
        fixed[to++] = lf;
      }
      fixed[to++] = byte;
      afterCr = byte === cr;
    }
    return fixed;
  }

  /** Counts the bare CR and LF that are complete with this chunk. */
  #noteBare(chunk: Uint8Array): void {
    let afterCr = this.#afterCr;
    let lines = this.#lines;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at];
      if (byte === lf) {
        if (!afterCr) this.#note("bare LF", this.#offset + at, lines);
        lines++;
      } else if (afterCr && this.#fixBareCr) {
        this.#note("bare CR", this.#offset + at - 1, lines);
      }
      afterCr = byte === cr;
    }
    this.#lines = lines;
  }

  #note(found: "bare CR" | "bare LF", offset: number, linesBefore: number): void {
    this.#count++;
    this.#first ??= { found, line: linesBefore + 1, offset };
  }
}
