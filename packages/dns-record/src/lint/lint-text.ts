import type { Tag } from "@mailseal/syntax";
import type { KeyRecordParse } from "../record/key-record.ts";
import type { KeyTags } from "../record/key-tags.ts";
import type { Advice } from "./advice.ts";
import { privateKeyPublished } from "./lint-key.ts";

const knownTags: ReadonlySet<string> = new Set(["v", "k", "h", "s", "t", "n", "p", "g"]);

/** Advice on traces of the tools that a record went through, and on tags that receivers will not see. */
export function lintText(text: string, tags: KeyTags, parsed: KeyRecordParse): readonly Advice[] {
  const advice: Advice[] = [];
  if (text.includes("PRIVATE KEY-----")) advice.push(privateKeyPublished);
  // Notes may have any of these characters, and a readable key has a warning of its own for them. In a record that cannot be read, nobody knows where notes and key end.
  const beyondNotes = parsed.ok ? withoutNotesAndKey(tags.list.tags) : text;
  if (beyondNotes.includes('"')) {
    advice.push({
      level: "error",
      code: "quotes",
      message: "The record contains quotation marks.",
      advice:
        "Remove them: only zone files need them, and a web form publishes them as part of the text.",
    });
  }
  if (beyondNotes.includes("\\")) {
    advice.push({
      level: "error",
      code: "backslash",
      message: "The record contains a backslash.",
      advice: 'Remove it: only in a zone file outside of quotes is ";" written as "\\;".',
    });
  }
  if (parsed.ok && !/^[\0-\x7f]*$/.test(beyondNotes)) {
    advice.push({
      level: "warning",
      code: "not-ascii",
      message: "The record contains non-ASCII characters outside n=.",
      advice:
        "Type these tags again, because some receivers refuse the record. Spaces and quotation marks copied from a web page can look like ASCII.",
    });
  }
  for (const tag of tags.list.tags) {
    const swallowed = swallowedTag(tag, parsed);
    if (swallowed !== undefined) {
      advice.push({
        level: "error",
        code: "missing-semicolon",
        message: `There is no ";" between ${tag.name}= and ${swallowed}.`,
        advice: `Write a ";" before ${swallowed}.`,
      });
    }
  }
  return [...advice, ...lintNames(tags.list.tags)];
}

function withoutNotesAndKey(tags: readonly Tag[]): string {
  return tags
    .filter(({ name }) => name !== "n" && name !== "p")
    .map(({ name, value }) => `${name}=${value}`)
    .join(";");
}

/** Finds a tag inside the value of another. A readable p= holds none, because "=" is its padding. */
function swallowedTag({ name, value }: Tag, parsed: KeyRecordParse): string | undefined {
  if (name === "n" || (name === "p" && parsed.ok)) return undefined;
  return /[ \t\r\n]([vkhstnp]=)/.exec(value)?.[1];
}

function lintNames(tags: readonly Tag[]): readonly Advice[] {
  const advice: Advice[] = [];
  const unknown = tags.filter(({ name }) => !knownTags.has(name)).map(({ name }) => name);
  const otherCase = unknown.filter((name) => knownTags.has(name.toLowerCase()));
  const foreign = unknown.filter((name) => !knownTags.has(name.toLowerCase()));
  if (otherCase.length > 0) {
    advice.push({
      level: "error",
      code: "tag-case",
      message: `Receivers ignore ${listed(otherCase)}, because tag names are case-sensitive.`,
      advice: "Write the names of tags in lower case.",
    });
  }
  if (foreign.length > 0) {
    advice.push({
      level: "note",
      code: "unknown-tag",
      message: `Receivers ignore ${listed(foreign)}.`,
      advice: "Check the spelling, or remove them.",
    });
  }
  return advice;
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 5).map((name) => `${name.slice(0, 40)}=`);
  return names.length > shown.length
    ? `${shown.join(", ")} and ${names.length - shown.length} more`
    : shown.join(", ");
}
