import type { LineEndingRepairs, Message } from "@mailseal/syntax";
import { SigningError } from "./errors.ts";

/** Refuses a bare LF in a CRLF header: parsers disagree on which fields such a header has. */
export function checkHeader(message: Message): void {
  if (message.defects.some(({ code }) => code === "bare-lf-in-header")) {
    refuse("a bare LF in a header with CRLF");
  }
}

/** Refuses a message for its first bare CR or LF. */
export function refuseLineEnding({ first: { found, line, offset } }: LineEndingRepairs): never {
  refuse(`a ${found} in line ${line} (offset ${offset})`);
}

function refuse(found: string): never {
  throw new SigningError(
    "bad-line-endings",
    `expected CRLF line endings only, found ${found}; convert the message, or sign with lineEndings "fix"`,
  );
}
