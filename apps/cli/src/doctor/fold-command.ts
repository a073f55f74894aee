import { columns } from "@mailseal/service/terminal";

const and = " &&";

/**
 * A command on lines that fit the terminal and can be pasted as they are: it is broken after `&&` first, then before a word
 * with a backslash. A word that is longer than the line stays whole.
 */
export function foldCommand(command: string, first: string, further: string): string {
  const width = columns() - first.length;
  if (command.length <= width) return first + command;
  const parts = partsOf(command);
  const lines: string[] = [];
  let start = "";
  for (const [index, part] of parts.entries()) {
    const own = broken(start + part, width);
    const end = own.at(-1) ?? "";
    const isLast = index === parts.length - 1;
    const hasRoom = end.length + and.length <= width;
    if (!isLast) own[own.length - 1] = end + (hasRoom ? and : " \\");
    start = hasRoom ? "" : `${and.trim()} `;
    const [only = ""] = own;
    const last = lines.at(-1);
    const joined = `${last} ${only}`;
    if (last?.endsWith(and) === true && own.length === 1 && joined.length <= width) {
      lines[lines.length - 1] = joined;
    } else {
      lines.push(...own);
    }
  }
  return first + lines.join(`\n${further}`);
}

/** The commands between `&&`. */
function partsOf(command: string): readonly string[] {
  const parts: string[][] = [[]];
  for (const word of wordsOf(command)) {
    if (word === and.trim()) parts.push([]);
    else parts.at(-1)?.push(word);
  }
  return parts.map((words) => words.join(" "));
}

function broken(part: string, width: number): string[] {
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

/** Splits at blanks outside of quotes. A redirection stays with its file. */
function wordsOf(command: string): readonly string[] {
  return command.match(/(?:>>? +)?(?:'[^']*'|"[^"]*"|\\.|[^\s'"\\])+/g) ?? [];
}
