/** A fenced block of a page. */
export interface Block {
  /** The word after the fence; "" if there is none. */
  readonly language: string;
  readonly code: string;
  /** The heading above it, without its number signs. */
  readonly heading: string;
  /** The line of its fence, from 1. */
  readonly line: number;
  /** The line of its closing fence. */
  readonly lastLine: number;
}

/** The fenced blocks of a Markdown text, in their order. */
export function blocksOf(markdown: string): readonly Block[] {
  const blocks: Block[] = [];
  let heading = "";
  let open:
    | { readonly language: string; readonly line: number; readonly lines: string[] }
    | undefined;
  for (const [index, line] of markdown.split("\n").entries()) {
    const fence = /^```(\S*)/.exec(line);
    if (open !== undefined && fence !== null) {
      const code = open.lines.map((text) => `${text}\n`).join("");
      const { language, line: first } = open;
      blocks.push({ language, code, heading, line: first, lastLine: index + 1 });
      open = undefined;
    } else if (open !== undefined) {
      open.lines.push(line);
    } else if (fence !== null) {
      open = { language: fence[1] ?? "", line: index + 1, lines: [] };
    } else {
      heading = /^#+ (.*)$/.exec(line)?.[1] ?? heading;
    }
  }
  return blocks;
}

/** The path in the first line of a block that is a file, such as `# /etc/mailseal/mailseal.yaml`. */
export function fileOf({ language, code }: Block): string | undefined {
  if (language === "sh") return undefined;
  return /^(?:#|\/\/) ((?:\/|\.\/)\S+)\n/.exec(code)?.[1];
}

/** The first line of an expected output that is missing from the real one; undefined if there is none. "..." stands for anything. */
export function missingLine(expected: string, output: string): string | undefined {
  const lines = output.split("\n").map((line) => line.trimEnd());
  let from = 0;
  for (const line of expected.trimEnd().split("\n")) {
    if (line.trim() === "...") continue;
    const parts = line.trimEnd().split("...");
    const pattern = new RegExp(`^${parts.map(escaped).join(".*")}$`, "u");
    const found = lines.findIndex((text, index) => index >= from && pattern.test(text));
    if (found < 0) return line;
    from = found + 1;
  }
  return undefined;
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}
