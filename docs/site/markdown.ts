/** A table in Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.map(cellText).join(" | ")} |`)
    .join("\n");
}

function cellText(cell: string): string {
  return proseText(cell).replaceAll("|", "\\|");
}

/** A text for people as Markdown: outside code spans nothing in it may look like HTML. */
export function proseText(text: string): string {
  return text
    .replaceAll("\n", " ")
    .split(/(`[^`]*`)/)
    .map((part, at) => (at % 2 === 1 ? part : part.replaceAll("<", "&lt;")))
    .join("");
}
