import { createMarkdownRenderer } from "vitepress";
import { expect, test } from "vitest";
import { addMarkdownRules } from "../site/markdown-rules.ts";

const renderer = await createMarkdownRenderer(".", { config: addMarkdownRules });

test("each cell of a table has the heading of its column", () => {
  const tables = "| option | default |\n| --- | --- |\n| `a` | 1 |\n\n| x |\n| --- |\n| y |\n";
  const html = renderer.render(tables, {});
  expect(html).toContain('<td data-label="option"><code>a</code></td>');
  expect(html).toContain('<td data-label="default">1</td>');
  expect(html).toContain('<td data-label="x">y</td>');
});

test("indented code scrolls as fenced code does", () => {
  const html = renderer.render("text\n\n    mailseal stats\n", {});
  expect(html).toMatch(/<div class="language-text[^]*<pre[^>]*tabindex="0"/);
});
