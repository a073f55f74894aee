import { oneOf, optionsCheck, wholeNumber } from "@mailseal/errors";
import { invalidOption } from "../errors.ts";

/** How a field is folded. */
export interface FoldOptions {
  /** CRLF by default; LF for a message with Unix line endings. */
  readonly lineEnding?: "\r\n" | "\n";
  /** The column to fold at: 40 to 998, by default 76. */
  readonly width?: number;
}

/** The longest line (RFC 5322 2.1.1), without its CRLF. */
const MAX_LINE = 998;
const DEFAULT_WIDTH = 76;
const MIN_WIDTH = 40;

const checkOptions = optionsCheck<FoldOptions>(
  "options",
  { lineEnding: oneOf(["\r\n", "\n"]), width: wholeNumber(MIN_WIDTH, MAX_LINE, "columns") },
  invalidOption,
);

/**
 * Builds a folded header field piece by piece and counts columns in one pass. All pieces are ASCII unless
 * their octets are given. After every piece there is room for the separator that may follow.
 */
export class FieldWriter {
  #text: string;
  #column: number;
  readonly #width: number;
  readonly #fold: string;

  constructor(start: string, options?: FoldOptions, column = 0) {
    if (options !== undefined) checkOptions(options);
    this.#text = start;
    this.#column = column + start.length;
    this.#width = options?.width ?? DEFAULT_WIDTH;
    this.#fold = options?.lineEnding === "\n" ? "\n " : "\r\n ";
  }

  get text(): string {
    return this.#text;
  }

  /** Writes ";" and a tag that is never broken, on the next line if this one has no room. */
  tag(piece: string): void {
    this.glue(";");
    this.word(piece);
  }

  /** Writes a tag whose value is a list, which may break after each ":". */
  listTag(name: string, items: readonly string[]): void {
    const last = items.length - 1;
    for (let index = 0; index <= last; index++) {
      const item = items[index] ?? "";
      const piece = index === last ? item : `${item}:`;
      if (index === 0) this.tag(name + piece);
      else {
        this.#makeRoom(piece.length);
        this.#append(piece);
      }
    }
  }

  /** Writes a tag whose value may break between any two characters, but not within "=XX". */
  breakableTag(name: string, value: string): void {
    this.glue(";");
    this.#append(this.#makeRoom(this.#unbroken(name, value) + 1) ? "" : " ");
    this.#append(name);
    this.breakable(value);
  }

  /** Writes another item of such a value; the line may break before it. */
  breakableItem(name: string, value: string): void {
    this.#makeRoom(this.#unbroken(name, value));
    this.#append(name);
    this.breakable(value);
  }

  breakable(value: string): void {
    let from = 0;
    while (from < value.length && value.length - from > this.#room()) {
      const room = this.#room();
      const to = room > 0 ? beforeHexOctet(value, from + room) : from;
      if (to > from) {
        this.#text += value.slice(from, to);
        from = to;
      }
      this.fold();
    }
    this.#append(value.slice(from));
  }

  /**
   * Writes white space, possibly a fold, and a piece that is never broken. `octets` is set if the piece is
   * not ASCII.
   */
  word(piece: string, octets: number = piece.length): void {
    if (!this.#makeRoom(octets + 1)) this.#append(" ");
    this.#append(piece, octets);
  }

  /** Continues on the next line. */
  fold(): void {
    this.#text += this.#fold;
    this.#column = 1;
  }

  /** Writes a piece directly after the last one, whatever the column. */
  glue(piece: string): void {
    this.#append(piece);
  }

  /** How much of a breakable piece to keep together: all of it if a line can hold it. */
  #unbroken(name: string, value: string): number {
    const whole = name.length + value.length;
    return whole <= this.#width - 2 ? whole : name.length;
  }

  /** The columns that are left, less one for a separator. */
  #room(): number {
    return this.#width - 1 - this.#column;
  }

  /** Whether the line had to be broken for it. */
  #makeRoom(columns: number): boolean {
    if (columns <= this.#room() || this.#column === 1) return false;
    this.fold();
    return true;
  }

  #append(piece: string, octets: number = piece.length): void {
    this.#text += piece;
    this.#column += octets;
    if (this.#column > MAX_LINE) {
      throw invalidOption(
        `expected a token that a line of ${MAX_LINE} octets can hold, got one of ${octets}`,
      );
    }
  }
}

/** The offset itself, or the offset of the "=" whose two digits it would separate. */
function beforeHexOctet(value: string, offset: number): number {
  if (value.charCodeAt(offset - 1) === 0x3d) return offset - 1;
  return value.charCodeAt(offset - 2) === 0x3d ? offset - 2 : offset;
}
