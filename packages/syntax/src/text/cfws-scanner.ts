const HTAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SP = 0x20;
const QUOTE = 0x22;
const OPEN = 0x28;
const CLOSE = 0x29;
const BACKSLASH = 0x5c;

/** MIME tspecials (RFC 2045 5.1). */
const TSPECIALS = '()<>@,;:\\"/[]?=';

/**
 * Reads the tokens of a structured field (RFC 5322 3.2) one after the other. After the first error every
 * method returns nothing, and `failure` has the reason. Comments nest without recursion.
 */
export class CfwsScanner {
  readonly text: string;
  at = 0;
  failure: { readonly reason: string; readonly offset: number } | undefined;

  constructor(text: string) {
    this.text = withoutLineEnding(text);
  }

  get done(): boolean {
    return this.at >= this.text.length;
  }

  fail(reason: string, offset: number = this.at): undefined {
    this.failure ??= { reason, offset };
    return undefined;
  }

  /** Takes a single character if it is next. */
  take(character: string): boolean {
    if (this.failure !== undefined || this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  /**
   * Skips white space, folds and comments. Returns the text of the first comment, unfolded and unescaped, or
   * "" if there is none.
   */
  skipCfws(): string | undefined {
    let first: string | undefined;
    while (this.failure === undefined && this.#skipWhiteSpace()) {
      if (this.text.charCodeAt(this.at) !== OPEN) break;
      const comment = this.#comment();
      first ??= comment;
    }
    return first;
  }

  /** The longest run of characters that `accepts` takes; undefined if it is empty. */
  run(accepts: (code: number, index: number) => boolean): string | undefined {
    if (this.failure !== undefined) return undefined;
    const start = this.at;
    while (!this.done && accepts(this.text.charCodeAt(this.at), this.at - start)) this.at++;
    return this.at > start ? this.text.slice(start, this.at) : undefined;
  }

  /** value (RFC 2045): a token, UTF-8 included, or a quoted string, whose content is returned. */
  value(): string | undefined {
    return this.text.charCodeAt(this.at) === QUOTE ? this.quotedString() : this.run(isTokenCode);
  }

  /** The content of a quoted string, unfolded and unescaped. */
  quotedString(): string | undefined {
    const start = this.at;
    const content = this.#delimited(start, "quoted string", (code) => (code === QUOTE ? -1 : 0));
    return content;
  }

  #comment(): string | undefined {
    return this.#delimited(this.at, "comment", (code) => {
      if (code === OPEN) return 1;
      return code === CLOSE ? -1 : 0;
    });
  }

  /** `nesting` returns how a character changes the depth; depth 0 is the end. */
  #delimited(start: number, what: string, nesting: (code: number) => number): string | undefined {
    let content = "";
    let from = start + 1;
    let depth = 1;
    for (let at = from; at < this.text.length; at++) {
      const code = this.text.charCodeAt(at);
      depth += nesting(code);
      if (depth === 0) {
        this.at = at + 1;
        return content + this.text.slice(from, at);
      }
      if (code === BACKSLASH) {
        content += this.text.slice(from, at);
        from = ++at;
        if (isControlCode(this.text.charCodeAt(at))) break;
      } else if (code === CR || code === LF) {
        const after = this.#afterLineBreak(at);
        if (after < 0) return this.fail("a line break without white space after it", at);
        content += this.text.slice(from, at);
        from = after;
        at = after;
      } else if (isControlCode(code)) return this.fail(`a control character in a ${what}`, at);
    }
    return this.fail(`a ${what} without its end`, start);
  }

  /** False if a line break is not a fold. */
  #skipWhiteSpace(): boolean {
    while (!this.done) {
      const code = this.text.charCodeAt(this.at);
      if (code === SP || code === HTAB) this.at++;
      else if (code === CR || code === LF) {
        const after = this.#afterLineBreak(this.at);
        if (after < 0) {
          this.fail("a line break without white space after it");
          return false;
        }
        this.at = after;
      } else return true;
    }
    return true;
  }

  /** The offset of the white space after the line break at `at`; -1 if there is none. */
  #afterLineBreak(at: number): number {
    let next = at;
    if (this.text.charCodeAt(next) === CR) next++;
    if (this.text.charCodeAt(next) !== LF) return -1;
    const code = this.text.charCodeAt(next + 1);
    return code === SP || code === HTAB ? next + 1 : -1;
  }
}

export function isTokenCode(code: number): boolean {
  if (code >= 0x80) return true;
  return code > SP && code < 0x7f && !TSPECIALS.includes(String.fromCharCode(code));
}

/** C0 except HTAB, and DEL; also NaN (past the end). */
export function isControlCode(code: number): boolean {
  return !(code >= SP) ? code !== HTAB : code === 0x7f;
}

function withoutLineEnding(text: string): string {
  if (!text.endsWith("\n")) return text;
  return text.slice(0, text.endsWith("\r\n") ? -2 : -1);
}
