/** An error in the config, or a warning about an unwise choice. */
export interface ConfigProblem {
  readonly level: "error" | "warning";
  /** 1-based; absent if the problem concerns the whole file. */
  readonly line?: number;
  readonly column?: number;
  /** The option, as in `listeners[0].listen`, or `` for the whole file. */
  readonly path: string;
  /** What is wrong, what was expected, and what to do; one printable line. */
  readonly message: string;
  /** A warning about a name that a later release will refuse: programs log it. */
  readonly isDeprecation?: true;
}

/** The place of an option: names, and the numbers of list entries. */
export type ConfigPath = readonly (string | number)[];

/** `listeners[0].listen`, `domains["example.com"].signing`. */
export function formatPath(path: ConfigPath): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") {
      text += `[${step}]`;
    } else if (/^[A-Za-z_$][\w$]*$/.test(step)) {
      text += text === "" ? step : `.${step}`;
    } else {
      text += `[${JSON.stringify(step)}]`;
    }
  }
  return text;
}

/**
 * `mailseal.yaml:12:3: signing.selector: expected ...`, as editors and compilers write it.
 *
 * ```ts
 * const { problems } = readConfig("hostnam: mx.example.com");
 * problems.map((problem) => formatProblem("mailseal.yaml", problem));
 * // ['mailseal.yaml:1:1: hostnam: unknown option; did you mean "hostname"?']
 * ```
 */
export function formatProblem(file: string, problem: ConfigProblem): string {
  const { level, line, column, path, message } = problem;
  const place = line === undefined ? file : `${file}:${line}:${column ?? 1}`;
  const mark = level === "warning" ? "warning: " : "";
  return `${place}: ${mark}${path === "" ? "" : `${path}: `}${message}`;
}
