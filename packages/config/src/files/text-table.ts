import { ConfigError } from "../errors.ts";
import { readSecretFile, tableRules } from "./secret-file.ts";

/** A row of a table. */
export interface TableRow {
  readonly key: string;
  /** "" if there is none. */
  readonly value: string;
  /** The number of its first line in the file, from 1. */
  readonly line: number;
}

/**
 * The rows of a text table in the form of Postfix's (postmap(1), texthash): a key, white space and a value. Empty lines
 * and lines that begin with "#" are ignored; lines that begin with white space continue the one before. A key with white
 * space is quoted, as in `"a b"@example.com`, and keeps its quotes. Linear.
 */
export function* tableRows(text: string): Generator<TableRow> {
  let pieces: string[] = [];
  let first = 0;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(?:#|$)/.test(line)) continue;
    if (/^\s/.test(line) && pieces.length > 0) {
      pieces.push(line);
      continue;
    }
    if (pieces.length > 0) yield row(pieces.join(" "), first);
    pieces = [line];
    first = index + 1;
  }
  if (pieces.length > 0) yield row(pieces.join(" "), first);
}

function row(text: string, line: number): TableRow {
  const trimmed = text.trim();
  const [key = ""] = /^(?:"(?:[^"\\]|\\.)*")?\S*/.exec(trimmed) ?? [];
  return { key, value: trimmed.slice(key.length).trimStart(), line };
}

/**
 * Reads and parses a table that decides from whom or for whom mail is accepted: a regular file of at most 64 MB, which nobody
 * but its owner may change or replace.
 *
 * Rejects with a `ConfigError` of the code `${name}-file` if it cannot be used or `parse` throws.
 *
 * @param name the content of the file, for its error messages
 */
export async function readTable<Table>(
  file: string,
  name: "senders" | "recipients",
  parse: (text: string) => Table,
): Promise<Table> {
  const read = await readSecretFile(file, tableRules);
  if (read.status !== "read") {
    throw new ConfigError(`${name}-file`, `${name} file ${read.reason}; ${read.remedy}`);
  }
  try {
    return parse(read.bytes.toString("utf8"));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`${name}-file`, `${name} file ${file}: ${reason}`, { cause: error });
  }
}
