import { stdout } from "node:process";
import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** Colours `text` where standard output is a terminal that wants it (NO_COLOR and FORCE_COLOR count). */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: stdout });
}

/** Columns to fill: the terminal's, and 80 where there is none. */
function columns(): number {
  return Math.max(40, Math.min(stdout.columns ?? 80, 100));
}

/** Breaks `text` at spaces so that no line with its `indent` is wider than the terminal. */
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

/** One line with its `indent`, cut where the terminal ends. */
export function clip(text: string, indent: string): string {
  const width = columns() - indent.length;
  return indent + (text.length > width ? `${text.slice(0, width - 1)}…` : text);
}
