import { columns } from "@mailseal/service/terminal";

/**
 * A command on lines that fit the terminal and can be pasted as they are: it is broken after `&&` first, then before a word
 * with a backslash. A word that is longer than the line stays whole.
 */
export function foldCommand(command: string, first: string, further: string): string {
  const width = columns() - first.length;
  if (command.length <= width) return first + command;
  const lines: string[] = [];
  for (const part of partsOf(command)) {
    const last = lines.at(-1);
    if (last !== undefined && last.endsWith("&&") && last.length + 1 + part.length <= width) {
      lines[lines.length - 1] = `${last} ${part}`;
    } else {
      lines.push(...broken(part, width));
    }
  }
  return first + lines.join(`\n${further}`);
}

/** The commands, each with the `&&` behind it. */
function partsOf(command: string): readonly string[] {
  const words = wordsOf(command);
  const parts: string[] = [];
  let part: string[] = [];
  for (const word of words) {
    part.push(word);
    if (word !== "&&") continue;
    parts.push(part.join(" "));
    part = [];
  }
  return [...parts, part.join(" ")];
}

function broken(part: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of wordsOf(part)) {
    // Room for the backslash.
    if (line !== "" && line.length + 1 + word.length + 2 > width) {
      lines.push(`${line} \\`);
      line = `  ${word}`;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** Splits at blanks outside of quotes. */
function wordsOf(command: string): readonly string[] {
  return command.match(/(?:'[^']*'|"[^"]*"|\\.|[^\s'"\\])+/g) ?? [];
}
