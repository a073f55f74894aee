/** A row of a table in docs/explanations/benchmarks.md, with its figures as they are written there. */
export interface RecordedRow {
  readonly suite: string;
  readonly name: string;
  readonly against: string;
  readonly ratio: number;
  /** A number and its unit: `2,654 /s`. */
  readonly ours: string;
  readonly theirs: string;
}

/** Identifies a recorded row. A suite may have several rows with the same name, each with another peer. */
export interface RowKey {
  readonly suite: string;
  readonly name: string;
  readonly against: string;
}

/** Reads the tables back. Lines that are no row of a suite's table are skipped. */
export function recordedRows(text: string): readonly RecordedRow[] {
  const rows: RecordedRow[] = [];
  let suite = "";
  for (const line of text.split("\n")) {
    suite = /^\*\*([^*]+)\*\*/.exec(line)?.[1] ?? suite;
    const [name, against, ratio, , ours, theirs] = cellsOf(line);
    if (name === undefined || against === undefined || Number.isNaN(Number(ratio))) continue;
    if (ours === undefined || theirs === undefined) continue;
    rows.push({ suite, name, against, ratio: Number(ratio), ours, theirs });
  }
  return rows;
}

export function findRow(rows: readonly RecordedRow[], key: RowKey): RecordedRow | undefined {
  return rows.find(
    ({ suite, name, against }) =>
      suite === key.suite && name === key.name && against === key.against,
  );
}

function cellsOf(line: string): readonly string[] {
  return line.startsWith("|")
    ? line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim())
    : [];
}
