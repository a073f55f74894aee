import type { Message } from "@mailseal/syntax";
import { SigningError } from "./errors.ts";

const cr = 0x0d;
const lf = 0x0a;

/** Refuses a message unless all its lines end with CRLF. Takes pieces of any size. */
export class LineEndingCheck {
  #afterCr = false;

  write(chunk: Uint8Array): void {
    if (chunk.length === 0) {
      return;
    }
    if (this.#afterCr && chunk[0] !== lf) {
      refuse("a bare CR");
    }
    for (let at = chunk.indexOf(lf); at >= 0; at = chunk.indexOf(lf, at + 1)) {
      if (at === 0 ? !this.#afterCr : chunk[at - 1] !== cr) {
        refuse("a bare LF");
      }
    }
    const last = chunk.length - 1;
    for (let at = chunk.indexOf(cr); at >= 0 && at < last; at = chunk.indexOf(cr, at + 1)) {
      if (chunk[at + 1] !== lf) {
        refuse("a bare CR");
      }
    }
    this.#afterCr = chunk[last] === cr;
  }

  finish(): void {
    if (this.#afterCr) {
      refuse("a bare CR");
    }
  }
}

/** Refuses a bare LF in a CRLF header: parsers disagree on which fields such a header has. */
export function checkHeader(message: Message): void {
  if (message.defects.some(({ code }) => code === "bare-lf-in-header")) {
    refuse("a bare LF in a header with CRLF");
  }
}

function refuse(found: string): never {
  throw new SigningError(
    "bad-line-endings",
    `expected CRLF line endings only, found ${found}; convert the message, or sign with lineEndings "fix"`,
  );
}
