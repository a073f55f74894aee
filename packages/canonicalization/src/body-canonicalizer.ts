import { argumentCheck, bytes as bytesRule, oneOf } from "@mailseal/errors";
import type { Canonicalization } from "@mailseal/syntax";
import { blockBytes, blockUnit, collapserFor } from "./blank-collapser.ts";
import { ByteSink } from "./byte-sink.ts";
import { badOption } from "./errors.ts";
import { type CanonicalOutput, RunBuffer } from "./run-buffer.ts";
import { UnchangedStretches } from "./unchanged-stretch.ts";

const htab = 0x09;
const lf = 0x0a;
const cr = 0x0d;
const sp = 0x20;

export const modes: readonly Canonicalization[] = ["simple", "relaxed"];
const checkMode = argumentCheck("mode", oneOf(modes), badOption);
const checkChunk = argumentCheck("chunk", bytesRule, badOption);
/** Throws a `CanonicalizationError` "bad-option". */
export const checkBody: (body: unknown) => void = argumentCheck("body", bytesRule, badOption);

/**
 * Canonicalizes a body (RFC 6376 3.4.3, 3.4.4) that arrives in pieces of any size; the result does not depend on
 * their boundaries. Only SP and HTAB are white space, and only CRLF ends a line: a bare CR, a bare LF and NUL are
 * content. Memory does not depend on the size of the body.
 *
 * Bytes that may have to be dropped later are kept as state and not as bytes: line ends, which are dropped at the
 * end of the body; white space, which is dropped at the end of a line; and a CR at the end of a piece.
 *
 * ```ts
 * const canonicalizer = new BodyCanonicalizer("relaxed", (bytes) => file.write(bytes));
 * canonicalizer.write(Buffer.from("At  noon? \r\n"));
 * canonicalizer.finish(); // the file has "At noon?\r\n"
 * ```
 */
export class BodyCanonicalizer {
  readonly #relaxed: boolean;
  readonly #canonical: RunBuffer;
  #pendingLineEnds = 0;
  #pendingSpace = false;
  #heldCr = false;
  #hasContent = false;

  /** Throws a `CanonicalizationError` "bad-option" for another mode. */
  constructor(mode: Canonicalization, output: CanonicalOutput) {
    checkMode(mode);
    this.#relaxed = mode === "relaxed";
    this.#canonical = new RunBuffer(output);
  }

  /** Takes the next bytes of the body. */
  write(chunk: Uint8Array): void {
    checkChunk(chunk);
    if (chunk.length === 0) {
      return;
    }
    const start = this.#heldCr ? this.#resolveHeldCr(chunk) : 0;
    if (this.#relaxed) {
      this.#writeRelaxed(chunk, start);
    } else {
      this.#writeSimple(chunk, start);
    }
  }

  /** Ends the body: its last line gets a CRLF; an empty body is empty if relaxed, one CRLF if simple. */
  finish(): void {
    if (this.#heldCr) {
      this.#writeContentByte(cr);
    }
    if (this.#hasContent || !this.#relaxed) {
      this.#canonical.writeLineEnds(1);
    }
    this.#canonical.finish();
  }

  /** Decides whether the CR that ended the last piece is half a line end or content. Returns the offset to continue at. */
  #resolveHeldCr(chunk: Uint8Array): number {
    this.#heldCr = false;
    if (chunk[0] === lf) {
      this.#endLine();
      return 1;
    }
    this.#writeContentByte(cr);
    return 0;
  }

  #writeRelaxed(chunk: Uint8Array, start: number): void {
    const size = chunk.length;
    const stretches = new UnchangedStretches(chunk);
    let at = start;
    while (at < size) {
      const byte = chunk[at];
      if (byte === sp || byte === htab) {
        this.#pendingSpace = true;
        at++;
      } else if (byte !== cr) {
        this.#writePending();
        const end = stretches.endFrom(at);
        if (end > at) {
          this.#canonical.writeRun(chunk, at, end);
          at = end;
        } else {
          at = this.#writeBlock(chunk, at, Math.min(stretches.nextSearch, chunk.length - 2));
        }
      } else if (at + 1 === size) {
        this.#heldCr = true;
        at++;
      } else if (chunk[at + 1] === lf) {
        this.#endLine();
        at += 2;
      } else {
        this.#writeContentByte(cr);
        at++;
      }
    }
  }

  /** Writes content and the bytes after it, at most up to `limit`; returns the offset at which it stopped. */
  #writeBlock(chunk: Uint8Array, start: number, limit: number): number {
    const size = Math.min(limit - start, blockBytes) & -blockUnit;
    if (size <= 0) {
      this.#canonical.writeByte(chunk[start] ?? 0);
      return start + 1;
    }
    const collapser = collapserFor(size);
    const { output, outputStart } = collapser;
    let end = start + size;
    let outputEnd = collapser.collapse(chunk, start, end);
    if (chunk[end - 1] === cr) {
      // This may be half a line end.
      end--;
      outputEnd--;
    }
    const contentEnd = endWithoutLineEnds(output, outputStart, outputEnd);
    this.#canonical.writeRun(output, outputStart, contentEnd);
    this.#pendingLineEnds = (outputEnd - contentEnd) / 2;
    return end;
  }

  /** Simple canonicalization changes only the line ends at the end of the body, so only those at the end of a piece matter. */
  #writeSimple(chunk: Uint8Array, start: number): void {
    let end = chunk.length;
    if (end > start && chunk[end - 1] === cr) {
      this.#heldCr = true;
      end--;
    }
    const contentEnd = endWithoutLineEnds(chunk, start, end);
    if (contentEnd > start) {
      this.#writePending();
      this.#canonical.writeRun(chunk, start, contentEnd);
    }
    this.#pendingLineEnds += (end - contentEnd) / 2;
  }

  #endLine(): void {
    this.#pendingSpace = false;
    this.#pendingLineEnds++;
  }

  #writeContentByte(byte: number): void {
    this.#writePending();
    this.#canonical.writeByte(byte);
  }

  /** Writes the pending line ends and white space, because content follows. */
  #writePending(): void {
    this.#hasContent = true;
    if (this.#pendingLineEnds > 0) {
      this.#canonical.writeLineEnds(this.#pendingLineEnds);
      this.#pendingLineEnds = 0;
    }
    if (this.#pendingSpace) {
      this.#canonical.writeByte(sp);
      this.#pendingSpace = false;
    }
  }
}

function endWithoutLineEnds(bytes: Uint8Array, start: number, end: number): number {
  let contentEnd = end;
  while (contentEnd - 2 >= start && bytes[contentEnd - 1] === lf && bytes[contentEnd - 2] === cr) {
    contentEnd -= 2;
  }
  return contentEnd;
}

/**
 * The canonical form of a body, for tools and explanations. Hashing does not need this copy.
 *
 * ```ts
 * const body = canonicalizeBody(Buffer.from("At  noon? \r\n\r\n"), "relaxed"); // "At noon?\r\n"
 * ```
 */
export function canonicalizeBody(body: Uint8Array, mode: Canonicalization): Uint8Array {
  checkBody(body);
  const sink = new ByteSink();
  const canonicalizer = new BodyCanonicalizer(mode, (bytes, start, end) => {
    sink.write(bytes, start, end);
  });
  canonicalizer.write(body);
  canonicalizer.finish();
  return sink.bytes();
}
