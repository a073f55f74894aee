import type { Message } from "@mailseal/syntax";
import { singletonFields } from "./singleton-fields.ts";

/** A place in a header that other programs may read differently, and why. */
export interface Malformation {
  readonly offset: number;
  readonly reason: string;
}

/**
 * Finds text that makes programs disagree on the fields of a header or on its end: a line that is not a
 * field (some programs start the body there, others drop a NUL or a byte order mark and see a From),
 * a bare LF, and a bare CR followed by a From, Subject and so on. None of it is signed, and anybody on
 * the way can add it. RFC 6376 3.8 and 8.15 ask verifiers to check that a message is well-formed.
 *
 * All programs ignore an mbox line: it belongs to the file, below the fields that were added on top.
 */
export function findMalformation(message: Message): Malformation | undefined {
  for (const { code, offset } of message.defects) {
    if (code === "bare-lf-in-header") {
      return { offset, reason: "a bare LF" };
    }
    if (
      code === "leading-continuation" ||
      (code === "malformed-field" && !isMbox(message, offset))
    ) {
      return { offset, reason: "a line that is no header field" };
    }
  }
  const header = text(message, 0, message.bodyStart);
  for (const { index, 1: line } of header.matchAll(/\r(?!\n)([^\r\n:]*):/g)) {
    const name = nameLike(line);
    if (singletonFields.has(name)) {
      return { offset: index, reason: `a bare CR and what looks like a ${name} field behind it` };
    }
  }
  return undefined;
}

function isMbox(message: Message, offset: number): boolean {
  return (offset === 0 ? /^>?From / : /^From /).test(text(message, offset, offset + 6));
}

function text({ bytes }: Message, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(
    "latin1",
    start,
    end,
  );
}

/** A field name as a lenient program reads it: without characters that a name cannot have. */
function nameLike(line = ""): string {
  return line.replaceAll(/[^!-9;-~]+/g, "").toLowerCase();
}
