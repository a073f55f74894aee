import { attemptParse, type SourceParse, SourceSyntaxError } from "../source-syntax.ts";

/** One statement of a Momentum config: `name = value`, or `name "label" { ... }`. */
export type MomentumNode = MomentumSetting | MomentumStanza;

export interface MomentumSetting {
  readonly kind: "setting";
  /** In lower case, because names are not case-sensitive. */
  readonly name: string;
  /** One value, or the values of a list. */
  readonly values: readonly string[];
  readonly line: number;
  /** The line of the last value, or of the end of the list. */
  readonly endLine: number;
}

export interface MomentumStanza {
  readonly kind: "stanza";
  /** In lower case. */
  readonly name: string;
  /** The label, as in `binding "pool-a" {`; "" if there is none. */
  readonly label: string;
  readonly children: readonly MomentumNode[];
  readonly line: number;
  /** The line of the opening brace. */
  readonly openLine: number;
  /** The line of the closing brace. */
  readonly endLine: number;
}

export type MomentumParse = SourceParse<{ readonly nodes: readonly MomentumNode[] }>;

interface Token {
  readonly text: string;
  readonly quoted: boolean;
  readonly line: number;
  /** The line of its last octet, because a quoted text may span several lines. */
  readonly endLine: number;
}

const maxDepth = 32;
const punctuation: ReadonlySet<string> = new Set(["{", "}", "=", "(", ")", "[", "]"]);

/** Parses ecelerity.conf or a part of it. Comments start with `#`; `;` and `,` are separators. */
export function parseMomentum(text: string): MomentumParse {
  return attemptParse(() => {
    const tokens = tokensOf(text);
    const nodes = new Reader(tokens).block(0);
    return { ok: true, nodes, lines: new Set(tokens.flatMap(linesOf)) };
  });
}

/** True if a statement, or one inside it, has such a name or mentions DKIM in a label or value. */
export function mentions(node: MomentumNode, what: RegExp): boolean {
  return node.kind === "setting"
    ? what.test(node.name) || node.values.some((value) => /dkim/i.test(value) && what.test("dkim"))
    : what.test(node.name) ||
        /dkim/i.test(node.label) ||
        node.children.some((child) => mentions(child, what));
}

class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** Parses statements up to the end of the file or of the block. */
  block(depth: number): readonly MomentumNode[] {
    if (depth > maxDepth) {
      throw new SourceSyntaxError(this.#line(), `expected at most ${maxDepth} levels of braces`);
    }
    const nodes: MomentumNode[] = [];
    for (let token = this.#next(); token !== undefined; token = this.#next()) {
      if (is(token, "}") && depth > 0) {
        return nodes;
      }
      nodes.push(this.#statement(token, depth));
    }
    if (depth > 0) {
      throw new SourceSyntaxError(this.#line(), "expected }, got the end of the file");
    }
    return nodes;
  }

  #statement(first: Token, depth: number): MomentumNode {
    if (!first.quoted && punctuation.has(first.text)) {
      throw new SourceSyntaxError(first.line, `expected a name, got ${first.text}`);
    }
    const { line } = first;
    const name = first.text.toLowerCase();
    const second = this.#next();
    if (is(second, "=")) {
      const values = this.#values(first);
      return { kind: "setting", name, values, line, endLine: this.#lastLine() };
    }
    if (is(second, "{")) {
      return this.#stanza(first, "", depth);
    }
    if (second !== undefined && (second.quoted || !punctuation.has(second.text))) {
      if (is(this.#peek(), "{")) {
        this.#at++;
        return this.#stanza(first, second.text, depth);
      }
      // A statement such as `include "file"`.
      return { kind: "setting", name, values: [second.text], line, endLine: second.endLine };
    }
    throw new SourceSyntaxError(line, `expected = or { after ${first.text}`);
  }

  #stanza({ text, line }: Token, label: string, depth: number): MomentumStanza {
    const openLine = this.#lastLine();
    const children = this.block(depth + 1);
    const name = text.toLowerCase();
    return { kind: "stanza", name, label, children, line, openLine, endLine: this.#lastLine() };
  }

  #values(name: Token): readonly string[] {
    const first = this.#next();
    if (first === undefined || is(first, "}")) {
      throw new SourceSyntaxError(name.line, `expected a value for ${name.text}`);
    }
    const close = is(first, "(") ? ")" : is(first, "[") ? "]" : undefined;
    if (close === undefined) {
      return [first.text];
    }
    const values: string[] = [];
    for (let token = this.#next(); !is(token, close); token = this.#next()) {
      if (token === undefined) {
        throw new SourceSyntaxError(name.line, `expected ${close} after the list of ${name.text}`);
      }
      values.push(token.text);
    }
    return values;
  }

  #next(): Token | undefined {
    return this.#tokens[this.#at++];
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#at];
  }

  /** The line of the last token. */
  #lastLine(): number {
    return this.#tokens[this.#at - 1]?.endLine ?? 1;
  }

  #line(): number {
    return (this.#tokens[this.#at] ?? this.#tokens.at(-1))?.line ?? 1;
  }
}

function is(token: Token | undefined, text: string): boolean {
  return token !== undefined && !token.quoted && token.text === text;
}

function linesOf({ line, endLine }: Token): number[] {
  return Array.from({ length: endLine - line + 1 }, (_, index) => line + index);
}

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let line = 1;
  const pattern = /(\n)|#[^\n]*|"((?:[^"\\]|\\.)*)"|([{}=()[\]])|[\s;,]|([^\s{}=()[\];,"#]+)|(")/gs;
  for (const [, newLine, quoted, mark, word, open] of text.matchAll(pattern)) {
    if (newLine !== undefined) {
      line++;
    } else if (quoted !== undefined) {
      const endLine = line + quoted.split("\n").length - 1;
      tokens.push({ text: quoted.replaceAll(/\\(.)/gs, "$1"), quoted: true, line, endLine });
      line = endLine;
    } else if (open !== undefined) {
      throw new SourceSyntaxError(line, 'expected " at the end of the text');
    } else if (mark !== undefined || word !== undefined) {
      tokens.push({ text: mark ?? word ?? "", quoted: false, line, endLine: line });
    }
  }
  return tokens;
}
