import type { Place } from "./imported-config.ts";

/** One setting of opendkim.conf. */
export interface Setting extends Place {
  /** As written. */
  readonly name: string;
  readonly value: string;
}

/** One entry of a data set: `key value`, or a key alone. */
export interface DatasetEntry extends Place {
  readonly key: string;
  readonly value: string;
}

/** A data set that could be read, or why not. */
export type Dataset =
  | {
      readonly kind: "entries";
      readonly entries: readonly DatasetEntry[];
      readonly patterns: boolean;
    }
  | { readonly kind: "unreadable"; readonly reason: string };

/** Reads a text file; throws where it cannot be read. */
export type ReadText = (file: string) => string;

/** opendkim.conf(5): a name, white space, a value; `#` begins a comment. Names are without case. */
export function readSettings(text: string, file: string): readonly Setting[] {
  return lines(text, file).flatMap(({ text: line, ...place }) => {
    const match = /^(\S+)\s+(\S.*)$/.exec(line);
    return match === null ? [] : [{ name: match[1] ?? "", value: match[2] ?? "", ...place }];
  });
}

/** opendkim(8), "DATA SETS": file:, refile:, csl: and plain paths can be read here, data bases cannot. */
export function readDataset(value: string, place: Place, readText: ReadText): Dataset {
  const type = /^([a-z]+):/.exec(value)?.[1];
  const rest = type === undefined ? value : value.slice(type.length + 1);
  const isFile =
    type === "file" || type === "refile" || (type === undefined && rest.startsWith("/"));
  if (isFile) {
    try {
      const entries = lines(readText(rest), rest).map(({ text, file, line }) => {
        const [, key = "", entry = ""] = /^(\S+)\s*(.*)$/.exec(text) ?? [];
        return { key, value: entry, file, line };
      });
      return { kind: "entries", entries, patterns: type === "refile" };
    } catch (error) {
      return { kind: "unreadable", reason: error instanceof Error ? error.message : String(error) };
    }
  }
  if (type === undefined || type === "csl") {
    const entries = rest
      .split(",")
      .map((key) => key.trim())
      .filter((key) => key !== "")
      .map((key) => {
        const [name = "", entry = ""] = key.split(/=(.*)/s);
        return { key: name, value: entry, file: place.file, line: place.line };
      });
    return { kind: "entries", entries, patterns: false };
  }
  return { kind: "unreadable", reason: `data sets of type ${type}: cannot be read here` };
}

function lines(text: string, file: string): readonly (Place & { readonly text: string })[] {
  return text
    .split(/\r?\n/)
    .map((line, index) => ({ text: line.replace(/#.*$/, "").trim(), file, line: index + 1 }))
    .filter((line) => line.text !== "");
}
