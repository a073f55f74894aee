import { stdout } from "node:process";
import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** Colours `text` if standard output is a terminal with colours; respects NO_COLOR and FORCE_COLOR. */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: stdout });
}

/** The width of the terminal, between 40 and 100 columns; 80 without a terminal. */
export function columns(): number {
  return Math.max(40, Math.min(stdout.columns ?? 80, 100));
}

/** Breaks `text` at spaces, so that each line with its `indent` fits the terminal. */
export function wrap(text: string, indent: string): string {
  const width = columns() - indent.length;
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(indent + line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  lines.push(indent + line);
  return lines.join("\n");
}

/** One line with its `indent`, cut at the width of the terminal. */
export function clip(text: string, indent: string): string {
  const width = columns() - indent.length;
  return indent + (text.length > width ? `${text.slice(0, width - 1)}…` : text);
}
