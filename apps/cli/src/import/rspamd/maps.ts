import { whyUnreadable } from "../../files/input.ts";
import type { ImportAccount, Place } from "../account.ts";
import type { ReadText } from "../imported-config.ts";
import type { UclEntry, UclValue } from "./ucl.ts";

/** One line of a map: `key value`. */
export interface MapEntry extends Place {
  readonly key: string;
  readonly value: string;
}

/** Converts `$domain` and `$selector` to our templates. */
export function template(path: string): string {
  return expandVariables(path)
    .replaceAll(/\$\{?domain\}?/g, "%{d}")
    .replaceAll(/\$\{?selector\}?/g, "%{s}");
}

/** Expands rspamd's variables with the values of its packages. */
function expandVariables(text: string): string {
  return text
    .replaceAll(/\$\{?(?:DBDIR)\}?/g, "/var/lib/rspamd")
    .replaceAll(/\$\{?(?:LOCAL_CONFDIR|CONFDIR)\}?/g, "/etc/rspamd");
}

/**
 * The entries of a map: a file, an array of lines, or an object. Opens the account of a file. Undefined, with the entry
 * settled, if the map cannot be read.
 */
export function readMap(
  file: string,
  entry: UclEntry,
  account: ImportAccount,
  readText: ReadText,
): readonly MapEntry[] | undefined {
  const place = { file, line: entry.line, endLine: entry.endLine };
  const texts = inline(entry.value, file, entry);
  if (texts !== undefined) return texts;
  const text = entry.value.kind === "text" ? expandVariables(entry.value.text) : "";
  const path = /^(?:file:\/\/)?(\/.*)$/.exec(text)?.[1];
  if (path === undefined) {
    account.notCarried(
      place,
      entry.key,
      "only files and lists are supported: write the map to a file",
    );
    return undefined;
  }
  let content: string;
  try {
    content = readText(path);
  } catch (error) {
    account.notCarried(place, entry.key, `${path} cannot be read: ${whyUnreadable(error)}`);
    return undefined;
  }
  const lines = content
    .split(/\r?\n/)
    .map((line, index) => ({ text: line.replace(/(?:^|\s)#.*$/, "").trim(), line: index + 1 }))
    .filter((line) => line.text !== "");
  account.open(
    path,
    lines.map(({ line }) => line),
  );
  account.carried(place, entry.key, "each line of the map is accounted for");
  return lines.map(({ text: each, line }) => entryOf(each, { file: path, line }));
}

function inline(value: UclValue, file: string, whole: UclEntry): readonly MapEntry[] | undefined {
  switch (value.kind) {
    case "array":
      return value.items.flatMap(({ value: item, line, endLine }) =>
        item.kind === "text" ? [entryOf(item.text, { file, line, endLine })] : [],
      );
    case "object":
      return value.entries.flatMap(({ key, value: item, line, endLine }) =>
        item.kind === "text" ? [{ key, value: item.text, file, line, endLine }] : [],
      );
    default:
      return /^(?:\/|\w+:\/\/|\$|\[)/.test(value.text)
        ? undefined
        : value.text
            .split(/[,;]\s*/)
            .map((text) => entryOf(text, { file, line: whole.line, endLine: whole.endLine }));
  }
}

function entryOf(text: string, place: Place): MapEntry {
  const [, key = "", value = ""] = /^(\S+)\s*(.*)$/.exec(text.trim()) ?? [];
  return { key, value, ...place };
}
