import type { Canonicalization } from "@mailseal/syntax";
import type { ByteSink } from "./byte-sink.ts";

const htab = 0x09;
const lf = 0x0a;
const cr = 0x0d;
const sp = 0x20;
const colon = 0x3a;

/**
 * Writes one header field in canonical form (RFC 6376 3.4.1, 3.4.2), from its name to its CRLF.
 * `start` and `end` are those of a `HeaderField`. A line that ends with LF alone is written with
 * CRLF, in both forms; a bare CR is content.
 *
 * ```ts
 * const sink = new ByteSink();
 * const field = Buffer.from("Subject:  Lunch\r\n");
 * canonicalizeField(field, 0, field.length, "relaxed", sink); // "subject:Lunch\r\n"
 * ```
 */
export function canonicalizeField(
  bytes: Uint8Array,
  start: number,
  end: number,
  mode: Canonicalization,
  sink: ByteSink,
): void {
  const contentEnd = endWithoutLineEnding(bytes, start, end);
  if (mode === "simple") {
    writeSimple(bytes, start, contentEnd, sink);
  } else {
    const valueStart = writeRelaxedName(bytes, start, contentEnd, sink);
    writeRelaxedValue(bytes, valueStart, contentEnd, "value-start", sink);
  }
  sink.writeByte(cr);
  sink.writeByte(lf);
}

/**
 * Writes the DKIM-Signature field in the form that it signs (RFC 6376 3.7): without the value of its b= tag, which
 * is `valueStart` to `valueEnd` with all white space around it, and without the line ending.
 *
 * ```ts
 * const sink = new ByteSink();
 * const field = Buffer.from("DKIM-Signature: a=rsa-sha256; b=AAAA\r\n");
 * const valueStart = field.indexOf("AAAA");
 * canonicalizeSignatureField(field, 0, field.length, valueStart, valueStart + 4, "relaxed", sink);
 * // "dkim-signature:a=rsa-sha256; b="
 * ```
 */
export function canonicalizeSignatureField(
  bytes: Uint8Array,
  start: number,
  end: number,
  valueStart: number,
  valueEnd: number,
  mode: Canonicalization,
  sink: ByteSink,
): void {
  const contentEnd = endWithoutLineEnding(bytes, start, end);
  if (mode === "simple") {
    writeSimple(bytes, start, valueStart, sink);
    writeSimple(bytes, Math.min(valueEnd, contentEnd), contentEnd, sink);
  } else {
    const afterName = writeRelaxedName(bytes, start, valueStart, sink);
    const state = writeRelaxedValue(bytes, afterName, valueStart, "value-start", sink);
    writeRelaxedValue(bytes, Math.min(valueEnd, contentEnd), contentEnd, state, sink);
  }
}

function endWithoutLineEnding(bytes: Uint8Array, start: number, end: number): number {
  if (end === start || bytes[end - 1] !== lf) {
    return end;
  }
  return end - 1 > start && bytes[end - 2] === cr ? end - 2 : end - 1;
}

function writeSimple(bytes: Uint8Array, start: number, end: number, sink: ByteSink): void {
  let from = start;
  for (let at = bytes.indexOf(lf, from); at >= 0 && at < end; at = bytes.indexOf(lf, at + 1)) {
    if (at === start || bytes[at - 1] !== cr) {
      sink.write(bytes, from, at);
      sink.writeByte(cr);
      from = at;
    }
  }
  sink.write(bytes, from, end);
}

/** Writes the name in lower case and the colon; returns the offset after the colon. */
function writeRelaxedName(bytes: Uint8Array, start: number, end: number, sink: ByteSink): number {
  const to = sink.reserve(end - start + 1);
  let length = sink.length;
  let at = start;
  for (; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === colon) {
      to[length++] = colon;
      at++;
      break;
    }
    if (byte !== sp && byte !== htab) {
      to[length++] = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    }
  }
  sink.advance(length);
  return at;
}

/** The writer's position in a value: white space is written only between other characters. */
type ValueState = "value-start" | "in-word" | "after-word";

/** Unfolds, reduces white space to one SP, and drops it at both ends. Returns the state for the next bytes. */
function writeRelaxedValue(
  bytes: Uint8Array,
  start: number,
  end: number,
  initial: ValueState,
  sink: ByteSink,
): ValueState {
  const to = sink.reserve(end - start + 1);
  let length = sink.length;
  let state = initial;
  let at = start;
  while (at < end) {
    let byte = bytes[at] ?? 0;
    if (byte === sp || byte === htab) {
      if (state === "in-word") {
        state = "after-word";
      }
      at++;
    } else if (byte === lf || (byte === cr && bytes[at + 1] === lf)) {
      // Part of a fold: RFC 5322 2.2.3 removes it, and the white space after it counts.
      at++;
    } else {
      if (state === "after-word") {
        to[length++] = sp;
      }
      state = "in-word";
      do {
        to[length++] = byte;
        byte = ++at < end ? (bytes[at] ?? 0) : sp;
      } while (byte > sp);
    }
  }
  sink.advance(length);
  return state;
}
