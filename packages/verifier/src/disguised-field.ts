import type { Message } from "@mailseal/syntax";
import { singletonFields } from "./singleton-fields.ts";

/** As many as `splitMessage` tells of; where there are so many, what comes after is not known. */
const maxMalformedLines = 100;

/** Where a field stands that this reader does not see, and a more lenient one would. */
export interface DisguisedField {
  readonly offset: number;
  readonly name: string;
}

/**
 * Finds a From, Subject ... that is none by RFC 5322, but is one for programs that skip a NUL or a
 * byte order mark in its name, or take a bare CR for the end of a line. It is not signed, and a
 * reader may be shown it instead of the signed one.
 */
export function findDisguisedField(message: Message): DisguisedField | undefined {
  const { bytes, bodyStart, defects } = message;
  const lines = defects.filter(
    ({ code }) => code === "malformed-field" || code === "leading-continuation",
  );
  if (lines.length >= maxMalformedLines) {
    return { offset: lines[0]?.offset ?? 0, name: "any" };
  }
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, bodyStart).toString("latin1");
  for (const { offset } of lines) {
    const name = nameLike(/^[^\n:]*:/.exec(header.slice(offset))?.[0]);
    if (singletonFields.has(name)) {
      return { offset, name };
    }
  }
  for (const { index, 1: text } of header.matchAll(/\r(?!\n)([^\r\n:]*):/g)) {
    const name = nameLike(text);
    if (singletonFields.has(name)) {
      return { offset: index + 1, name };
    }
  }
  return undefined;
}

/** A field name as a lenient program reads it: without what cannot stand in one. */
function nameLike(text = ""): string {
  return text.replaceAll(/[^!-9;-~]+/g, "").toLowerCase();
}
