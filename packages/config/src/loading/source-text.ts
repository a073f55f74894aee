import {
  isMap,
  isPair,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  Scalar,
  visit,
} from "yaml";
import type { ConfigPath, ConfigProblem } from "./problem.ts";

/** A parsed file that keeps the position of every value. JSON is YAML too. */
export interface SourceText {
  /** Plain objects, arrays and values; undefined if the text could not be parsed. */
  readonly value: unknown;
  readonly problems: readonly ConfigProblem[];
  /** The line and column of the value at `path`, or of the nearest value around it. */
  locate(path: ConfigPath): { readonly line: number; readonly column: number } | undefined;
}

/** The limit keeps aliases from multiplying a small file into a large one. */
const maxAliases = 100;

/** Parses YAML, with `${NAME}` in its strings replaced from `environment`. Never throws for the text. */
export function parseSource(
  text: string,
  environment: Readonly<Record<string, string | undefined>>,
): SourceText {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const place = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const problems: ConfigProblem[] = [];
  const report = (offset: number, message: string): void => {
    problems.push({ level: "error", path: "", ...place(offset), message });
  };
  // Only the first error is reported: the others are mostly its consequences.
  for (const { pos, message } of document.errors.slice(0, 1)) {
    report(pos[0], `not valid YAML: ${message}${quotingHint(text, pos[0])}`);
  }
  visit(document, {
    Scalar(_, node) {
      for (const message of fillIn(node, environment)) {
        report(node.range?.[0] ?? 0, message);
      }
    },
  });
  const failed = document.errors.length > 0;
  return {
    value: failed ? undefined : toValue(document, problems),
    problems,
    locate(path) {
      const offset = offsetOf(document.contents, path);
      return offset === undefined ? undefined : place(offset);
    },
  };
}

/**
 * Adds what the parser's message leaves out: a value that begins with "%" or "@", or has a brace inside braces, must
 * be quoted. That concerns every path template and every variable.
 */
function quotingHint(text: string, offset: number): string {
  const lineStart = text.lastIndexOf("\n", offset - 1) + 1;
  const [line = ""] = text.slice(lineStart, lineStart + longestLine).split("\n", 1);
  const example = /%\{[ds]\}|\$\{\w/.exec(line)?.[0];
  if (example === undefined) {
    return "";
  }
  const whole = example.startsWith("$") ? "${NAME}" : "keys/%{d}/%{s}.key";
  return `; put a value with ${example.startsWith("$") ? "${...}" : example} in quotes, as in "${whole}"`;
}

const longestLine = 4096;

function toValue(document: ReturnType<typeof parseDocument>, problems: ConfigProblem[]): unknown {
  try {
    return document.toJS({ maxAliasCount: maxAliases }) ?? {};
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    problems.push({ level: "error", path: "", message: `not valid YAML: ${message}` });
    return undefined;
  }
}

/**
 * `${NAME}` is the variable, `${NAME:-text}` has a default, `$${` is a plain `${`. A value that
 * consists of one variable can be a number, true or false.
 */
function* fillIn(
  node: Scalar,
  environment: Readonly<Record<string, string | undefined>>,
): Generator<string> {
  if (typeof node.value !== "string" || !node.value.includes("${")) {
    return;
  }
  const missing: string[] = [];
  const text = node.value;
  const filled = text.replaceAll(
    /\$\$\{|\$\{([A-Za-z_]\w*)(?::-([^}]*))?\}/g,
    (_, name: string | undefined, fallback: string | undefined) => {
      if (name === undefined) {
        return "${";
      }
      const value = environment[name] ?? fallback;
      if (value === undefined) {
        missing.push(name);
      }
      return value ?? "";
    },
  );
  for (const name of missing) {
    yield `expected the environment variable ${name}, but it is not set: set it, or write \${${name}:-default}`;
  }
  const whole = node.type === Scalar.PLAIN && /^\$\{[^}]*\}$/.test(text);
  node.value = whole ? plainValue(filled) : filled;
}

function plainValue(text: string): string | number | boolean {
  if (text === "true" || text === "false") {
    return text === "true";
  }
  return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
}

/** For an entry of a map, the position of its key, because people look for the name. */
function offsetOf(root: unknown, path: ConfigPath): number | undefined {
  let node = root as Node | null | undefined;
  let offset = node?.range?.[0];
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(step),
      );
      if (pair === undefined) {
        return offset;
      }
      offset = (pair.key as Scalar).range?.[0] ?? offset;
      node = pair.value as Node | null;
    } else if (node !== null && node !== undefined && "items" in node) {
      node = (node.items as Node[])[Number(step)];
      offset = node?.range?.[0] ?? offset;
    } else {
      return offset;
    }
  }
  return offset;
}
