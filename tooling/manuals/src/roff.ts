/** The man(7) macros that our pages use. Every function returns whole lines, or text for one. */

export interface PageTitle {
  readonly name: string;
  readonly section: string;
  /** YYYY-MM-DD. */
  readonly date: string;
  readonly version: string;
}

/** The first lines of a page. Lines are not justified, and words not hyphenated, so that names stay whole. */
export function title({ name, section: number, date, version }: PageTitle): string {
  const words = [name.toUpperCase(), number, date, `Mailseal ${version}`, "Mailseal manual"];
  const quoted = words.map((word) => (word === date ? date : `"${literal(word)}"`));
  const heading = `.TH ${quoted.join(" ")}`;
  // Every paragraph would turn hyphenation on again, if it were only .nh.
  return [".nr HY 0", heading, ".nh", ".ad l"].join("\n");
}

/** A section; nothing if it has no content. */
export function section(name: string, content: readonly string[]): readonly string[] {
  return content.length === 0 ? [] : [`.SH ${name}`, ...withoutFirstParagraph(content)];
}

export function subsection(name: string, content: readonly string[]): readonly string[] {
  return content.length === 0 ? [] : [`.SS "${literal(name)}"`, ...withoutFirstParagraph(content)];
}

/** A heading starts a paragraph itself. */
function withoutFirstParagraph(content: readonly string[]): readonly string[] {
  const [first = "", ...rest] = content;
  return [first.replace(/^\.PP\n/, ""), ...rest];
}

export function paragraph(text: string): string {
  return `.PP\n${prose(text)}`;
}

/** A term, such as an option, with its meaning below it. */
export function definition(term: string, meaning: string): string {
  return `.TP\n${term}\n${meaning}`;
}

/** Lines of a shell or of a file, as they are. */
export function code(lines: readonly string[]): string {
  return [
    ".PP",
    ".RS 4",
    ".EX",
    ...lines.map((line) => protectedLine(literal(line))),
    ".EE",
    ".RE",
  ].join("\n");
}

export function bold(text: string): string {
  return text === "" ? "" : `\\fB${literal(text)}\\fR`;
}

export function italic(text: string): string {
  return text === "" ? "" : `\\fI${literal(text)}\\fR`;
}

/** A reference to another page, such as **mailseal-sign**(1). */
export function reference(name: string, pageSection: string): string {
  return `${bold(name)}(${pageSection})`;
}

/**
 * Sentences, one on each line. Of the marks that a help text has, \`words\` and --options become bold, and <values>
 * italic.
 */
export function prose(text: string): string {
  const marked = /`([^`]+)`|<([a-z][\w-]*)>|((?<![\w-])--[a-z][a-z0-9-]*)/g;
  let written = "";
  let at = 0;
  for (const match of text.matchAll(marked)) {
    const [whole, words, value, option] = match;
    written += literal(text.slice(at, match.index));
    written += value === undefined ? bold(words ?? option ?? "") : italic(value);
    at = match.index + whole.length;
  }
  written += literal(text.slice(at));
  return filled(written);
}

/** At most so many octets in a line, which mandoc asks for; each sentence starts a line of its own. */
const widestLine = 80;

/** Breaks lines at spaces. */
export function filled(text: string): string {
  const lines = text.split(/(?<=[.!?]) (?=[A-Z\\])/).flatMap((sentenceText) => {
    const broken: string[] = [];
    let line = "";
    for (const word of sentenceText.split(" ")) {
      if (line !== "" && line.length + 1 + word.length > widestLine) {
        broken.push(line);
        line = word;
      } else {
        line = line === "" ? word : `${line} ${word}`;
      }
    }
    return broken.concat(line);
  });
  return lines.map(protectedLine).join("\n");
}

/**
 * A phrase as a sentence: with a full stop, and with a capital letter, unless it starts with a name or with one of
 * `values`, which are written as they are.
 */
export function sentence(phrase: string, values: readonly string[] = []): string {
  const [first = ""] = phrase.split(" ", 1);
  const isWord = /^[a-z][a-z'-]*[,;:]?$/.test(first) && !values.includes(first.replace(/\W$/, ""));
  const start = isWord ? phrase.charAt(0).toUpperCase() + phrase.slice(1) : phrase;
  return /[.!?]$/.test(start) ? start : `${start}.`;
}

const glyphs: ReadonlyMap<string, string> = new Map([
  ["\\", "\\e"],
  ["-", "\\-"],
  ["'", "\\(aq"],
  ['"', "\\(dq"],
  ["`", "\\(ga"],
  ["^", "\\(ha"],
  ["~", "\\(ti"],
]);

/** Text whose characters appear as they are: groff would turn quotes and hyphens into typographic ones. */
export function literal(text: string): string {
  return text.replaceAll(/[\\\-'"`^~]|[^\n -~]/gu, (character) => {
    const known = glyphs.get(character);
    if (known !== undefined) return known;
    const codePoint = character.codePointAt(0) ?? 0;
    return `\\[u${codePoint.toString(16).toUpperCase().padStart(4, "0")}]`;
  });
}

/** A dot at the start of a line would make it a request. */
function protectedLine(line: string): string {
  return line.startsWith(".") ? `\\&${line}` : line;
}
