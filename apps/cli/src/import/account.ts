/** The fate of a line of the source. */
export type LineFate =
  /** The Mailseal config has the same effect. */
  | "carried"
  /** The line has no effect on signing, or repeats a default; the text gives the reason. */
  | "not-needed"
  /** The effect of the line is lost; the text gives the remedy. */
  | "not-carried";

/** The place of a statement, with `endLine` if it spans several lines. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly endLine?: number;
}

/** One line of the source, with its fate. */
export interface AccountedLine {
  readonly file: string;
  readonly line: number;
  readonly fate: LineFate;
  /** The option or name, and its fate. Never contains a key or a password. */
  readonly text: string;
}

/** A warning about a line that was carried over, or about the whole config. */
export interface ImportWarning {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

interface Outcome {
  readonly fate: LineFate;
  readonly text: string;
}

/** From best to worst. The worst statement on a line decides the fate of the line. */
const severity: readonly LineFate[] = ["not-needed", "carried", "not-carried"];

/**
 * Accounts for every line of the source. Each file is opened with the numbers of its significant lines. A line without an
 * outcome counts as not carried over, so that no line is dropped silently.
 */
export class ImportAccount {
  readonly #files = new Map<string, Map<number, Outcome[]>>();
  readonly #warnings: ImportWarning[] = [];

  /** `lines`: the lines that are neither blank nor comments. Opening a file again keeps its account. */
  open(file: string, lines: Iterable<number>): void {
    const known = this.#linesOf(file);
    for (const line of lines) {
      if (!known.has(line)) known.set(line, []);
    }
  }

  /** `became`: the Mailseal option, such as `signing.oversign`. */
  carried(place: Place, what: string, became: string): void {
    this.#settle(place, "carried", `${what}: ${became}`);
  }

  notNeeded(place: Place, what: string, why: string): void {
    this.#settle(place, "not-needed", `${what}: ${why}`);
  }

  notCarried(place: Place, what: string, whatToDo: string): void {
    this.#settle(place, "not-carried", `${what}: ${whatToDo}`);
  }

  warn({ file, line }: Place, text: string): void {
    this.#warnings.push({ file, line, text });
  }

  get warnings(): readonly ImportWarning[] {
    return this.#warnings;
  }

  /** In the order in which the files were opened, then by line. */
  lines(): readonly AccountedLine[] {
    return [...this.#files].flatMap(([file, lines]) =>
      [...lines]
        .toSorted(([one], [other]) => one - other)
        .map(([line, outcomes]): AccountedLine => {
          const { fate, text } = together(outcomes);
          return { file, line, fate, text };
        }),
    );
  }

  #settle({ file, line, endLine = line }: Place, fate: LineFate, text: string): void {
    const lines = this.#linesOf(file);
    for (let at = line; at <= endLine; at++) {
      const outcomes = lines.get(at);
      if (outcomes !== undefined) outcomes.push({ fate, text });
      else if (at === line) lines.set(at, [{ fate, text }]);
    }
  }

  #linesOf(file: string): Map<number, Outcome[]> {
    let lines = this.#files.get(file);
    if (lines === undefined) {
      lines = new Map();
      this.#files.set(file, lines);
    }
    return lines;
  }
}

function together(outcomes: readonly Outcome[]): Outcome {
  if (outcomes.length === 0) {
    return {
      fate: "not-carried",
      text: "unknown line: set an option with the same effect in mailseal.yaml, or remove the line",
    };
  }
  const worst = Math.max(...outcomes.map(({ fate }) => severity.indexOf(fate)));
  const fate = severity[worst] ?? "not-carried";
  const texts = outcomes.filter((outcome) => outcome.fate === fate).map(({ text }) => text);
  return { fate, text: [...new Set(texts)].join("; ") };
}
