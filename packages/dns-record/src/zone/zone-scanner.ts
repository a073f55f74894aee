import { toOctets } from "./zone.ts";

export interface ZoneToken {
  /** The text without escapes; latin1, one character for each octet. */
  readonly text: string;
  readonly quoted: boolean;
}

/** One entry of a master file (RFC 1035 5.1): a line, or several lines joined by parentheses. */
export interface ZoneEntry {
  /** The line on which it starts, counted from 1. */
  readonly line: number;
  /** Whether it starts with white space, which means the owner of the previous entry. */
  readonly sameOwner: boolean;
  readonly tokens: readonly ZoneToken[];
  readonly problem?: string;
}

const wordRun = /[^ \t\r\n;()"\\]+/y;
const quotedRun = /[^"\n\\]+/y;

/** Splits a master file into entries with at least one token, without comments. Linear; never throws. */
export function* readEntries(text: string): Generator<ZoneEntry> {
  const scanner = new Scanner(text);
  for (;;) {
    const entry = scanner.next();
    if (entry === undefined) return;
    if (entry.tokens.length > 0 || entry.problem !== undefined) yield entry;
  }
}

class Scanner {
  readonly #text: string;
  #at = 0;
  #line = 1;

  constructor(text: string) {
    this.#text = text;
  }

  next(): ZoneEntry | undefined {
    const text = this.#text;
    if (this.#at >= text.length) return undefined;
    const line = this.#line;
    const sameOwner = isBlank(text.charAt(this.#at));
    const tokens: ZoneToken[] = [];
    let depth = 0;
    let problem: string | undefined;
    while (this.#at < text.length) {
      const character = text.charAt(this.#at);
      if (character === "\n") {
        this.#at++;
        this.#line++;
        if (depth === 0) break;
      } else if (character === ";") this.#skipComment();
      else if (character === '"') {
        const token = this.#quotedString();
        if (token === undefined) problem ??= "a quoted string without its closing quote";
        else tokens.push(token);
      } else if (character === "(") {
        depth++;
        this.#at++;
      } else if (character === ")") {
        if (depth === 0) problem ??= 'a ")" without "("';
        else depth--;
        this.#at++;
      } else if (isBlank(character) || character === "\r") this.#at++;
      else tokens.push({ text: this.#unescaped(wordRun), quoted: false });
    }
    if (depth > 0) problem ??= 'a "(" without ")"';
    return { line, sameOwner, tokens, ...(problem === undefined ? {} : { problem }) };
  }

  #skipComment(): void {
    const end = this.#text.indexOf("\n", this.#at);
    this.#at = end < 0 ? this.#text.length : end;
  }

  #quotedString(): ZoneToken | undefined {
    this.#at++;
    const text = this.#unescaped(quotedRun);
    if (this.#text.charAt(this.#at) !== '"') return undefined;
    this.#at++;
    return { text, quoted: true };
  }

  /** Reads plain characters and escapes up to any other character or the end of the text. */
  #unescaped(run: RegExp): string {
    const parts: string[] = [];
    for (;;) {
      run.lastIndex = this.#at;
      const plain = run.exec(this.#text)?.[0] ?? "";
      this.#at += plain.length;
      parts.push(toOctets(plain));
      if (this.#text.charAt(this.#at) !== "\\") return parts.join("");
      this.#at++;
      parts.push(this.#escaped());
    }
  }

  /** Reads an escape: \DDD is an octet, and any other character except a line break stands for itself. */
  #escaped(): string {
    const digits = this.#text.slice(this.#at, this.#at + 3);
    if (/^[0-9]{3}$/.test(digits) && Number(digits) <= 255) {
      this.#at += 3;
      return String.fromCharCode(Number(digits));
    }
    const character = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0x0a);
    if (character === "\n") return "";
    this.#at += character.length;
    return toOctets(character);
  }
}

function isBlank(character: string): boolean {
  return character === " " || character === "\t";
}
