import { expect, test } from "vitest";
import { handWrittenPages, pagesBySource, titleOf } from "../site/pages.ts";

const pages = handWrittenPages();

test.each([
  ["docs/guides/rotation.md", "guides/rotation.md"],
  ["docs/index.md", "index.md"],
  ["packages/signer/README.md", "reference/packages/signer.md"],
  ["apps/relay/README.md", "reference/packages/relay.md"],
  ["examples/haraka/README.md", "examples/haraka.md"],
  ["ARCHITECTURE.md", "explanations/architecture.md"],
])("%s is the page %s", (source, path) => {
  expect(pages.find((page) => page.source === source)?.path).toBe(path);
});

test("private packages and the packages of others have no page", () => {
  const paths = pages.map(({ path }) => path);
  expect(paths).not.toContain("reference/packages/service.md");
  expect(paths.filter((path) => path.includes("node_modules"))).toEqual([]);
  expect(new Set(paths).size).toBe(paths.length);
});

test("a folder stands for its README, and the sources of the verifier's page for that page", () => {
  const bySource = pagesBySource(pages);
  expect(bySource.get("packages/signer")).toBe("reference/packages/signer.md");
  expect(bySource.get("docs/verifier-page/README.md")).toBe("verify.md");
});

test.each([
  ["# The `relay`\n\ntext\n", "The relay"],
  ["---\nlayout: home\ntitle: Mailseal\n---\n", "Mailseal"],
])("the title of %j is %s", (markdown, title) => {
  expect(titleOf(markdown, "page.md")).toBe(title);
});

test("a page without a title is refused", () => {
  expect(() => titleOf("text\n", "page.md")).toThrow(
    'page.md has no title: begin it with a line "# Title"',
  );
});
