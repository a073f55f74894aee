import { attemptParse, type SourceParse, SourceSyntaxError } from "../source-syntax.ts";

/** UCL, the config language of rspamd (libucl): objects, arrays and texts; numbers and booleans are kept as texts. */
export type UclValue =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "object"; readonly entries: readonly UclEntry[] }
  | { readonly kind: "array"; readonly items: readonly UclItem[] };

interface UclItem {
  readonly value: UclValue;
  readonly line: number;
  readonly endLine: number;
}

/** `key = value` or `key { ... }`; the key of a macro such as `.include` starts with a dot. */
export interface UclEntry extends UclItem {
  readonly key: string;
  /** The line of the opening brace or bracket, otherwise of the value. */
  readonly openLine: number;
}

export type UclParse = SourceParse<{ readonly entries: readonly UclEntry[] }>;

const maxDepth = 32;

/** Parses a UCL text in one pass. Never throws for its content. */
export function parseUcl(text: string): UclParse {
  const reader = new UclReader(text);
  return attemptParse(() => ({ ok: true, entries: reader.document(), lines: reader.lines }));
}

class UclReader {
  readonly lines = new Set<number>();
  readonly #text: string;
  #at = 0;
  #line = 1;

  constructor(text: string) {
    this.#text = text;
  }

  /** A whole file, optionally in braces, as in JSON. */
  document(): readonly UclEntry[] {
    this.#skip();
    const isBraced = this.#text[this.#at] === "{";
    if (isBraced) this.#take(1);
    const entries = this.#entries(0, isBraced ? "}" : undefined);
    this.#skip();
    if (this.#at < this.#text.length) throw this.#error("expected the end of the file");
    return entries;
  }

  #entries(depth: number, close: "}" | undefined): readonly UclEntry[] {
    if (depth > maxDepth) throw this.#error(`expected at most ${maxDepth} levels of braces`);
    const entries: UclEntry[] = [];
    for (;;) {
      this.#skip(";,");
      const next = this.#text[this.#at];
      if (next === undefined) {
        if (close === undefined) return entries;
        throw this.#error(`expected ${close}, got the end of the file`);
      }
      if (next === close) {
        this.#take(1);
        return entries;
      }
      entries.push(this.#entry(depth));
    }
  }

  #entry(depth: number): UclEntry {
    const line = this.#line;
    const key = this.#key();
    this.#blanks();
    if (key.startsWith(".")) {
      const value = { kind: "text", text: this.#bare() } as const;
      return { key, value, line, openLine: line, endLine: this.#line };
    }
    this.#skip();
    const separator = /[=:]/.test(this.#text[this.#at] ?? "");
    if (separator) {
      this.#take(1);
      this.#skip();
    }
    const label = separator ? undefined : this.#label();
    const openLine = this.#line;
    const value = this.#value(depth);
    const endLine = this.#line;
    return label === undefined
      ? { key, value, line, openLine, endLine }
      : {
          key,
          value: { kind: "object", entries: [{ key: label, value, line, openLine, endLine }] },
          line,
          openLine,
          endLine,
        };
  }

  /** `section name {`: the name is a key of its own. */
  #label(): string | undefined {
    const [whole, quoted, bare] =
      /^(?:"((?:[^"\\\n]|\\.)*)"|([\w.*@/-]+))[ \t]*(?=\{)/.exec(
        this.#text.slice(this.#at, this.#at + 512),
      ) ?? [];
    if (whole === undefined) return undefined;
    this.#take(whole.length);
    return quoted ?? bare;
  }

  #key(): string {
    const next = this.#text[this.#at];
    if (next === '"' || next === "'") return this.#quoted(next);
    const [key = ""] = /^[\w.*@/$-]+/.exec(this.#text.slice(this.#at, this.#at + 512)) ?? [];
    if (key === "") throw this.#error(`expected a name, got ${JSON.stringify(next)}`);
    this.#take(key.length);
    return key;
  }

  #value(depth: number): UclValue {
    const next = this.#text[this.#at];
    if (next === "{") {
      this.#take(1);
      return { kind: "object", entries: this.#entries(depth + 1, "}") };
    }
    if (next === "[") {
      this.#take(1);
      return { kind: "array", items: this.#items(depth + 1) };
    }
    if (next === '"' || next === "'") return { kind: "text", text: this.#quoted(next) };
    return { kind: "text", text: this.#heredoc() ?? this.#bare() };
  }

  #items(depth: number): readonly UclItem[] {
    if (depth > maxDepth) throw this.#error(`expected at most ${maxDepth} levels of brackets`);
    const items: UclItem[] = [];
    for (;;) {
      this.#skip(";,");
      const next = this.#text[this.#at];
      if (next === undefined) throw this.#error("expected ], got the end of the file");
      if (next === "]") {
        this.#take(1);
        return items;
      }
      const line = this.#line;
      items.push({ value: this.#value(depth), line, endLine: this.#line });
    }
  }

  #quoted(quote: string): string {
    const from = this.#at + 1;
    let end = from;
    while (end < this.#text.length && this.#text[end] !== quote) {
      end += this.#text[end] === "\\" ? 2 : 1;
    }
    if (end >= this.#text.length) throw this.#error(`expected ${quote} at the end of the text`);
    this.#take(end + 1 - this.#at);
    const text = this.#text.slice(from, end);
    return quote === "'"
      ? text
      : text.replaceAll(/\\(.)/gs, (_, character: string) =>
          character === "n" ? "\n" : character,
        );
  }

  /** `<<NAME`, lines, `NAME`. */
  #heredoc(): string | undefined {
    const [opening, name = ""] =
      /^<<([A-Z]{1,64})\r?\n/.exec(this.#text.slice(this.#at, this.#at + 80)) ?? [];
    if (opening === undefined) return undefined;
    const from = this.#at + opening.length;
    const end = this.#text.indexOf(`\n${name}`, from - 1);
    if (end < 0) throw this.#error(`expected ${name} at the end of the text`);
    this.#take(end + 1 + name.length - this.#at);
    return this.#text.slice(from, Math.max(from, end));
  }

  /** Up to the end of the line or value, including the braces of a variable such as ${DBDIR}. */
  #bare(): string {
    const from = this.#at;
    let depth = 0;
    let end = from;
    for (; end < this.#text.length; end++) {
      const character = this.#text[end] ?? "";
      if (character === "\n" || character === ";" || (character === "," && depth === 0)) break;
      if (character === "#" && /\s/.test(this.#text[end - 1] ?? " ")) break;
      if (character === "{") {
        if (this.#text[end - 1] !== "$") break;
        depth++;
      } else if (character === "}") {
        if (depth === 0) break;
        depth--;
      } else if (character === "]" && depth === 0) break;
    }
    const text = this.#text.slice(from, end).trim();
    if (text === "") throw this.#error("expected a value");
    this.#take(end - from);
    return text;
  }

  /** Skips white space, comments and separators. */
  #skip(separators = ""): void {
    for (;;) {
      this.#blanks();
      const next = this.#text[this.#at];
      if (next === "\n" || next === "\r") {
        this.#advance(1);
      } else if (next === "#") {
        const end = this.#text.indexOf("\n", this.#at);
        this.#advance((end < 0 ? this.#text.length : end) - this.#at);
      } else if (next === "/" && this.#text[this.#at + 1] === "*") {
        this.#comment();
      } else if (next !== undefined && separators.includes(next)) {
        this.#take(1);
      } else return;
    }
  }

  /** Comments can be nested. */
  #comment(): void {
    let depth = 0;
    const mark = /\/\*|\*\//g;
    mark.lastIndex = this.#at;
    for (let found = mark.exec(this.#text); found !== null; found = mark.exec(this.#text)) {
      depth += found[0] === "/*" ? 1 : -1;
      if (depth === 0) {
        this.#advance(mark.lastIndex - this.#at);
        return;
      }
    }
    throw this.#error("expected */ at the end of the comment");
  }

  #blanks(): void {
    while (this.#text[this.#at] === " " || this.#text[this.#at] === "\t") this.#at++;
  }

  /** Skips content and records its lines. */
  #take(length: number): void {
    const first = this.#line;
    this.#advance(length);
    for (let line = first; line <= this.#line; line++) this.lines.add(line);
  }

  #advance(length: number): void {
    for (const end = Math.min(this.#at + length, this.#text.length); this.#at < end; this.#at++) {
      if (this.#text[this.#at] === "\n") this.#line++;
    }
  }

  #error(message: string): SourceSyntaxError {
    return new SourceSyntaxError(this.#line, message);
  }
}
