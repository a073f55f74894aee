/** In 80 columns, an example has this many beside its indentation. */
const widest = 68;

/** A command line in lines that fit a page: broken at spaces outside quotes, each but the last with a backslash. */
export function foldedCommand(line: string): readonly string[] {
  const [indent = ""] = /^ */.exec(line) ?? [];
  const [first = "", ...rest] = wordsOf(line);
  const lines: string[] = [];
  let current = `${indent}${first}`;
  for (const word of rest) {
    if (current.length + word.length > widest - 3) {
      lines.push(`${current} \\`);
      current = `    ${word}`;
    } else {
      current += ` ${word}`;
    }
  }
  return [...lines, current];
}

/** Spaces in quotes belong to a word; a comment stays whole. */
function wordsOf(line: string): readonly string[] {
  return line.match(/#.*|(?:[^\s'"]|'[^']*'|"[^"]*")+/g) ?? [];
}
