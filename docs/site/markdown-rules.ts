import type { MarkdownRenderer } from "vitepress";

/** What the site does with Markdown beyond VitePress. */
export function addMarkdownRules(renderer: MarkdownRenderer): void {
  labelCells(renderer);
  fenceIndentedCode(renderer);
}

/**
 * Gives each cell of a table the heading of its column, which the style sheet shows on narrow screens: there, the cells of
 * a row stand below each other.
 */
function labelCells(renderer: MarkdownRenderer): void {
  renderer.core.ruler.push("label-cells", ({ tokens }) => {
    let labels: string[] = [];
    let column = 0;
    for (const [index, token] of tokens.entries()) {
      if (token.type === "table_open") labels = [];
      if (token.type === "tr_open") column = 0;
      if (token.type === "th_open") labels.push(tokens[index + 1]?.content ?? "");
      if (token.type === "td_open") token.attrSet("data-label", labels[column++] ?? "");
    }
  });
}

/** VitePress makes only fenced code scroll, by mouse and by keyboard. */
function fenceIndentedCode(renderer: MarkdownRenderer): void {
  renderer.core.ruler.push("fence-indented-code", ({ tokens }) => {
    for (const token of tokens) {
      if (token.type !== "code_block") continue;
      token.type = "fence";
      token.info = "text";
    }
  });
}
