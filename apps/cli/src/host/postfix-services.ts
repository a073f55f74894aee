/** One service of master.cf. */
export interface PostfixService {
  /** Such as "smtp", "submission" or "127.0.0.1:10025". */
  readonly name: string;
  readonly type: string;
  readonly isChrooted: boolean;
  /** Such as "smtpd". */
  readonly command: string;
  /** The parameters that the service sets for itself (`-o name=value`). */
  readonly options: ReadonlyMap<string, string>;
}

/** The columns before the command: service, type, private, unprivileged, chroot, wakeup, maxproc. */
const columns = 7;
const chrootColumn = 4;

/** Reads what `postconf -M` prints: one line for each service. */
export function readServices(text: string, chrootByDefault: boolean): readonly PostfixService[] {
  return logicalLines(text).flatMap((line): readonly PostfixService[] => {
    const words = wordsOf(line);
    const [name, type] = words;
    const command = words[columns];
    if (name === undefined || type === undefined || command === undefined) return [];
    const chroot = words[chrootColumn];
    return [
      {
        name,
        type,
        isChrooted: chroot === "-" ? chrootByDefault : chroot === "y",
        command,
        options: optionsOf(words.slice(columns + 1)),
      },
    ];
  });
}

/** A line that starts with a blank continues the one before. */
function logicalLines(text: string): readonly string[] {
  return text
    .replace(/\n[ \t]+/g, " ")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
}

/** Splits at blanks; braces hold one word with blanks in it. */
function wordsOf(line: string): readonly string[] {
  return line.match(/\{[^}]*\}|[^\s{]+(?:\{[^}]*\}[^\s{]*)*/g) ?? [];
}

function optionsOf(words: readonly string[]): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  for (const [index, word] of words.entries()) {
    const setting =
      word === "-o" ? words[index + 1] : word.startsWith("-o") ? word.slice(2) : undefined;
    if (setting === undefined) continue;
    const [, name, value] = /^([\w-]+)\s*=\s*([^]*)$/.exec(unbraced(setting)) ?? [];
    if (name !== undefined) options.set(name, unbraced(value ?? ""));
  }
  return options;
}

function unbraced(text: string): string {
  return /^\{([^]*)\}$/.exec(text)?.[1]?.trim() ?? text.trim();
}
