/** A row of a table. */
export interface TableRow {
  readonly key: string;
  /** "" where there is none. */
  readonly value: string;
  /** Of its first line in the file, from 1. */
  readonly line: number;
}

/**
 * The rows of a text table of Postfix's (postmap(1), texthash): a key, white space and a value. Lines that are empty or
 * begin with "#" say nothing; those that begin with white space continue the one before. A key may be in quotes for
 * its white space, as in `"a b"@example.com`, and keeps them. Linear.
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
