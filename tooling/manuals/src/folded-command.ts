/** In 80 columns, an example has this many beside its indentation. */
const widest = 68;

/**
 * A command line in lines that fit a page: broken at spaces outside quotes, but never between an option and its value.
 * Each line but the last ends with a backslash.
 */
export function foldedCommand(line: string): readonly string[] {
  const [indent = ""] = /^ */.exec(line) ?? [];
  const [first = "", ...rest] = piecesOf(line);
  const lines: string[] = [];
  let current = `${indent}${first}`;
  for (const piece of rest) {
    if (current.length + piece.length > widest - 3) {
      lines.push(`${current} \\`);
      current = `    ${piece}`;
    } else {
      current += ` ${piece}`;
    }
  }
  return [...lines, current];
}

/** Words, or an option or a redirection with the word after it. */
function piecesOf(line: string): readonly string[] {
  const pieces: string[] = [];
  for (const word of wordsOf(line)) {
    const before = pieces.at(-1);
    if (
      before !== undefined &&
      /^(?:--?[a-zA-Z][\w-]*|[<>]+)$/.test(before) &&
      /^[^-<>|&]/.test(word)
    ) {
      pieces[pieces.length - 1] = `${before} ${word}`;
    } else {
      pieces.push(word);
    }
  }
  return pieces;
}

/** Spaces in quotes belong to a word; a comment stays whole. */
function wordsOf(line: string): readonly string[] {
  return line.match(/#.*|(?:[^\s'"]|'[^']*'|"[^"]*")+/g) ?? [];
}
