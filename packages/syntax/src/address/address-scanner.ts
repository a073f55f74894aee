/** The text between two commas: words, and the content of angle brackets if there are any. */
export interface ScannedAddress {
  readonly phrase: Phrase;
  readonly address: string | undefined;
}

/** The words before angle brackets, or without them; quoted ones are kept apart from plain ones. */
class Phrase {
  readonly #words: { readonly text: string; readonly quoted: boolean }[] = [];

  add(text: string, quoted: boolean): void {
    this.#words.push({ text, quoted });
  }

  get isEmpty(): boolean {
    return this.#words.length === 0;
  }

  /** The words for people: without quotes, each run of white space as one space. */
  displayText(): string {
    let display = "";
    for (const { text, quoted } of this.#words) {
      display += quoted && text.includes("\\") ? text.replaceAll(/\\(.)/gs, "$1") : text;
    }
    return display.replaceAll(/[ \t]+/g, " ").trim();
  }

  /** The words that contain "@", without white space around "." and "@" (obs-addr-spec, RFC 5322 4.4). */
  addressLikeWords(): string[] {
    const [first] = this.#words;
    if (this.#words.length === 1 && first?.quoted === false && !/[ \t\r\n]/.test(first.text)) {
      return isAddressLike(first.text) ? [first.text] : [];
    }
    return joinAroundSpecials(this.#words).filter(isAddressLike);
  }
}

/** An "@" in quotes separates nothing. */
function isAddressLike(word: string): boolean {
  return word.lastIndexOf("@") > word.lastIndexOf('"');
}

/**
 * Scans the text of an address field once, from left to right, without recursion: a counter tracks nested
 * comments. Yields the text between commas and semicolons.
 */
export class AddressScanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  *[Symbol.iterator](): Generator<ScannedAddress> {
    let phrase = new Phrase();
    let address: string | undefined;
    const text = this.#text;
    while (this.#at < text.length) {
      const character = text[this.#at] ?? "";
      switch (character) {
        case "(":
          this.#skipComment();
          phrase.add(" ", false);
          break;
        case '"':
          phrase.add(this.#quotedString(), true);
          break;
        case "[":
          phrase.add(this.#upTo("]"), false);
          break;
        case "<":
          if (address !== undefined) {
            yield { phrase, address };
            phrase = new Phrase();
          }
          address = this.#angleAddress();
          break;
        case ":":
          // The name of a group is never an address.
          this.#at++;
          phrase = new Phrase();
          break;
        case ",":
        case ";":
          this.#at++;
          yield { phrase, address };
          phrase = new Phrase();
          address = undefined;
          break;
        default:
          phrase.add(this.#plainRun(), false);
      }
    }
    if (address !== undefined || !phrase.isEmpty) {
      yield { phrase, address };
    }
  }

  #skipComment(): void {
    let depth = 0;
    while (this.#at < this.#text.length) {
      const character = this.#text[this.#at++];
      if (character === "\\") {
        this.#at++;
      } else if (character === "(") {
        depth++;
      } else if (character === ")" && --depth === 0) {
        return;
      }
    }
  }

  /**
   * The content of a quoted string, with quoted pairs as written. A missing end quote is assumed at the end
   * of the text.
   */
  #quotedString(): string {
    const start = ++this.#at;
    while (this.#at < this.#text.length) {
      const character = this.#text[this.#at];
      if (character === '"') {
        return this.#text.slice(start, this.#at++);
      }
      this.#at += character === "\\" ? 2 : 1;
    }
    this.#at = this.#text.length;
    return this.#text.slice(start);
  }

  #upTo(closing: string): string {
    const start = this.#at;
    const end = this.#text.indexOf(closing, start);
    this.#at = end < 0 ? this.#text.length : end + 1;
    return this.#text.slice(start, this.#at);
  }

  /** The addr-spec in angle brackets, without comments, white space and an obsolete route. */
  #angleAddress(): string {
    this.#at++;
    let inside = new Phrase();
    while (this.#at < this.#text.length) {
      const character = this.#text[this.#at] ?? "";
      if (character === ">") {
        this.#at++;
        break;
      } else if (character === "(") {
        this.#skipComment();
      } else if (character === '"') {
        inside.add(this.#quotedString(), true);
      } else if (character === "[") {
        inside.add(this.#upTo("]"), false);
      } else if (character === ":") {
        this.#at++;
        inside = new Phrase();
      } else if (character === "," || character === "<") {
        inside.add(this.#runOfCommasAndBrackets(), false);
      } else {
        inside.add(this.#plainRun(), false);
      }
    }
    return inside.addressLikeWords().at(-1) ?? "";
  }

  #runOfCommasAndBrackets(): string {
    const start = this.#at++;
    while (this.#text[this.#at] === "," || this.#text[this.#at] === "<") {
      this.#at++;
    }
    return this.#text.slice(start, this.#at);
  }

  #plainRun(): string {
    const start = this.#at++;
    while (this.#at < this.#text.length && !isSpecial(this.#text.charCodeAt(this.#at))) {
      this.#at++;
    }
    return this.#text.slice(start, this.#at);
  }
}

const specials: ReadonlySet<number> = new Set(
  ['"', "(", ",", ":", ";", "<", ">", "["].map((character) => character.charCodeAt(0)),
);

function isSpecial(code: number): boolean {
  return code < 0x5c && specials.has(code);
}

/** Splits words at white space, but not at white space beside "." or "@". */
function joinAroundSpecials(
  words: readonly { readonly text: string; readonly quoted: boolean }[],
): string[] {
  const joined: string[] = [];
  let current: string[] = [];
  let spaced = false;
  let last = "";
  const append = (piece: string, opening: string): void => {
    if (spaced && last !== "" && !isGlue(last) && !isGlue(opening)) {
      joined.push(current.join(""));
      current = [];
    }
    current.push(piece);
    last = piece.at(-1) ?? last;
    spaced = false;
  };
  for (const { text, quoted } of words) {
    if (quoted) {
      append(`"${text}"`, '"');
    } else {
      for (const piece of text.split(/([ \t\r\n]+)/)) {
        if (/^[ \t\r\n]/.test(piece)) {
          spaced = true;
        } else if (piece !== "") {
          append(piece, piece[0] ?? "");
        }
      }
    }
  }
  if (current.length > 0) {
    joined.push(current.join(""));
  }
  return joined;
}

function isGlue(character: string): boolean {
  return character === "." || character === "@";
}
