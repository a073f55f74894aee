/** One statement of a Momentum config: `name = value`, or `name "label" { ... }`. */
export type MomentumNode = MomentumSetting | MomentumStanza;

interface MomentumSetting {
  readonly kind: "setting";
  readonly name: string;
  /** One value, or those of a list. */
  readonly values: readonly string[];
  readonly line: number;
}

export interface MomentumStanza {
  readonly kind: "stanza";
  readonly name: string;
  /** As in `binding "pool-a" {`; "" where there is none. */
  readonly label: string;
  readonly children: readonly MomentumNode[];
  readonly line: number;
}

export type MomentumParse =
  | { readonly ok: true; readonly nodes: readonly MomentumNode[] }
  | { readonly ok: false; readonly line: number; readonly reason: string };

interface Token {
  readonly text: string;
  readonly quoted: boolean;
  readonly line: number;
}

const maxDepth = 32;
const punctuation: ReadonlySet<string> = new Set(["{", "}", "=", "(", ")", "[", "]"]);

/** Reads ecelerity.conf or a part of it. Comments begin with `#`; `;` and `,` only separate. */
export function parseMomentum(text: string): MomentumParse {
  const reader = new Reader(tokensOf(text));
  try {
    return { ok: true, nodes: reader.block(0) };
  } catch (error) {
    if (error instanceof MomentumSyntaxError) {
      return { ok: false, line: error.line, reason: error.message };
    }
    throw error;
  }
}

class MomentumSyntaxError extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** Statements up to the end, or up to the brace that closes this block. */
  block(depth: number): readonly MomentumNode[] {
    if (depth > maxDepth) {
      throw new MomentumSyntaxError(this.#line(), `expected at most ${maxDepth} levels of braces`);
    }
    const nodes: MomentumNode[] = [];
    for (let token = this.#next(); token !== undefined; token = this.#next()) {
      if (is(token, "}") && depth > 0) {
        return nodes;
      }
      nodes.push(this.#statement(token, depth));
    }
    if (depth > 0) {
      throw new MomentumSyntaxError(this.#line(), "expected }, got the end of the file");
    }
    return nodes;
  }

  #statement(name: Token, depth: number): MomentumNode {
    if (!name.quoted && punctuation.has(name.text)) {
      throw new MomentumSyntaxError(name.line, `expected a name, got ${name.text}`);
    }
    const second = this.#next();
    if (is(second, "=")) {
      return { kind: "setting", name: name.text, values: this.#values(name), line: name.line };
    }
    if (is(second, "{")) {
      return {
        kind: "stanza",
        name: name.text,
        label: "",
        children: this.block(depth + 1),
        line: name.line,
      };
    }
    if (second !== undefined && (second.quoted || !punctuation.has(second.text))) {
      const third = this.#peek();
      if (is(third, "{")) {
        this.#at++;
        const children = this.block(depth + 1);
        return { kind: "stanza", name: name.text, label: second.text, children, line: name.line };
      }
      // `include "file"` and the like.
      return { kind: "setting", name: name.text, values: [second.text], line: name.line };
    }
    throw new MomentumSyntaxError(name.line, `expected = or { after ${name.text}`);
  }

  #values(name: Token): readonly string[] {
    const first = this.#next();
    if (first === undefined || is(first, "}")) {
      throw new MomentumSyntaxError(name.line, `expected a value for ${name.text}`);
    }
    const close = is(first, "(") ? ")" : is(first, "[") ? "]" : undefined;
    if (close === undefined) {
      return [first.text];
    }
    const values: string[] = [];
    for (let token = this.#next(); !is(token, close); token = this.#next()) {
      if (token === undefined) {
        throw new MomentumSyntaxError(
          name.line,
          `expected ${close} after the list of ${name.text}`,
        );
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

  #line(): number {
    return (this.#tokens[this.#at] ?? this.#tokens.at(-1))?.line ?? 1;
  }
}

function is(token: Token | undefined, text: string): boolean {
  return token !== undefined && !token.quoted && token.text === text;
}

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let line = 1;
  const pattern = /(\n)|#[^\n]*|"((?:[^"\\]|\\.)*)"|([{}=()[\]])|[\s;,]|([^\s{}=()[\];,"#]+)/gs;
  for (const [, newLine, quoted, mark, word] of text.matchAll(pattern)) {
    if (newLine !== undefined) {
      line++;
    } else if (quoted !== undefined) {
      tokens.push({ text: quoted.replaceAll(/\\(.)/gs, "$1"), quoted: true, line });
      line += quoted.split("\n").length - 1;
    } else if (mark !== undefined || word !== undefined) {
      tokens.push({ text: mark ?? word ?? "", quoted: false, line });
    }
  }
  return tokens;
}
