import { parse, TomlError } from "smol-toml";
import { ImportError } from "../imported-config.ts";

/** One value of a TOML file, with the full path of its key. */
export interface TomlLeaf {
  readonly path: readonly string[];
  readonly value: unknown;
  readonly line: number;
  readonly endLine: number;
}

/** The line of a `[table]`. */
interface TomlHeading {
  readonly path: readonly string[];
  readonly line: number;
}

export interface TomlLines {
  readonly leaves: readonly TomlLeaf[];
  readonly headings: readonly TomlHeading[];
  /** The lines that are neither blank nor comments. */
  readonly lines: ReadonlySet<number>;
}

interface Statement {
  readonly text: string;
  readonly line: number;
  readonly endLine: number;
}

/** Parses TOML and keeps the lines. Throws an `ImportError` if the text is not TOML. */
export function readToml(text: string, file: string): TomlLines {
  try {
    parse(text);
    return byStatement(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [reason = ""] = error.message.replace(/^Invalid TOML document: /, "").split("\n");
    throw new ImportError(`${file}:${error.line}: not valid TOML: ${reason}`);
  }
}

function byStatement(text: string): TomlLines {
  const leaves: TomlLeaf[] = [];
  const headings: TomlHeading[] = [];
  const lines = new Set<number>();
  let above: readonly string[] = [];
  for (const { text: statement, line, endLine } of statements(text)) {
    for (let at = line; at <= endLine; at++) lines.add(at);
    const table = parse(statement);
    if (statement.startsWith("[")) {
      above = pathOf(table);
      headings.push({ path: above, line });
    } else {
      for (const { path, value } of leavesOf(table)) {
        leaves.push({ path: [...above, ...path], value, line, endLine });
      }
    }
  }
  return { leaves, headings, lines };
}

/** The table of one heading. */
function pathOf(table: object): string[] {
  const path: string[] = [];
  for (let at: unknown = table; isTable(at);) {
    const [entry] = Object.entries(at);
    if (entry === undefined) break;
    path.push(entry[0]);
    at = entry[1];
  }
  return path;
}

function* leavesOf(
  table: object,
  above: readonly string[] = [],
): Generator<{ readonly path: readonly string[]; readonly value: unknown }> {
  for (const [name, value] of Object.entries(table)) {
    const path = [...above, name];
    if (isTable(value) && Object.keys(value).length > 0) yield* leavesOf(value, path);
    else yield { path, value };
  }
}

function isTable(value: unknown): value is object {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date)
  );
}

/** Splits TOML at line ends outside of strings and brackets. */
function* statements(text: string): Generator<Statement> {
  const piece =
    /"""[^]*?"""+|'''[^]*?'''+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|#[^\n]*|[[{]|[\]}]|\n|[^"'#[\]{}\n]+/g;
  let line = 1;
  let first = 0;
  let depth = 0;
  let held = "";
  for (const [part] of text.matchAll(piece)) {
    if (part === "\n" && depth === 0) {
      if (held.trim() !== "") yield { text: held.trim(), line: first, endLine: line };
      held = "";
    } else if (!part.startsWith("#")) {
      if (held.trim() === "" && part.trim() !== "") first = line;
      if (/^[[{]$/.test(part)) depth++;
      else if (/^[\]}]$/.test(part)) depth--;
      held += part;
    }
    line += part.split("\n").length - 1;
  }
  if (held.trim() !== "") yield { text: held.trim(), line: first, endLine: line };
}
