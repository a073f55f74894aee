import { expect, test } from "vitest";
import { outsideCode, withSiteLinks } from "../site/links.ts";
import { repositoryUrl } from "../site/repository.ts";

const pages = new Map([
  ["docs/guides/rotation.md", "guides/rotation.md"],
  ["docs/explanations/security.md", "explanations/security.md"],
  ["packages/signer/README.md", "reference/packages/signer.md"],
  ["packages/signer", "reference/packages/signer.md"],
]);
const guide = { source: "docs/guides/rotation.md", path: "guides/rotation.md" };
const readme = { source: "packages/signer/README.md", path: "reference/packages/signer.md" };

test.each([
  ["a page of the same folder", guide, "[r](rotation.md)", "[r](./rotation.md)"],
  [
    "a page of another folder, with an anchor",
    guide,
    "[s](../explanations/security.md#keys)",
    "[s](../explanations/security.md#keys)",
  ],
  [
    "a README",
    guide,
    "[`s`](../../packages/signer/README.md)",
    "[`s`](../reference/packages/signer.md)",
  ],
  [
    "the folder of a README",
    guide,
    "[s](../../packages/signer)",
    "[s](../reference/packages/signer.md)",
  ],
  [
    "a page, from a README",
    readme,
    "[r](../../docs/guides/rotation.md)",
    "[r](../../guides/rotation.md)",
  ],
  ["a picture", guide, "![p](../images/page-light.png)", "![p](../images/page-light.png)"],
  [
    "a picture in HTML",
    guide,
    '<img src="../images/page-light.png" alt="p">',
    '<img src="../images/page-light.png" alt="p">',
  ],
  ["a download", guide, "[a](monitoring/alerts.yaml)", "[a](/guides/monitoring/alerts.yaml)"],
  [
    "a source",
    guide,
    "[c](../../packages/signer/src/index.ts)",
    `[c](${repositoryUrl("packages/signer/src/index.ts")})`,
  ],
  ["another site", guide, "[n](https://example.org/a.md)", "[n](https://example.org/a.md)"],
  ["a place in the page", guide, "[n](#next)", "[n](#next)"],
  ["an address of the site", guide, "[n](/verifier/index.html)", "[n](/verifier/index.html)"],
])("a link to %s", (_, page, markdown, expected) => {
  expect(withSiteLinks(markdown, page, pages).text).toBe(expected);
});

test("pictures and downloads are listed, so that they are copied", () => {
  const markdown = "![p](../images/page-light.png) [a](monitoring/alerts.yaml)";
  expect(withSiteLinks(markdown, guide, pages).files).toEqual([
    "docs/images/page-light.png",
    "docs/guides/monitoring/alerts.yaml",
  ]);
});

test("a link to a file that does not exist throws, and names page and link", () => {
  expect(() => withSiteLinks("[x](missing.md)", guide, pages)).toThrow(
    "docs/guides/rotation.md links to missing.md: expected a file of the repository",
  );
});

test("code is not changed", () => {
  const code =
    "`[x](missing.md)`\n\n```md\n[x](missing.md)\n```\n\n- item\n\n  ```sh\n  [x](missing.md)\n  ```\n";
  expect(withSiteLinks(code, guide, pages).text).toBe(code);
  expect(outsideCode("a `b` c\n```\nd\n```\ne", (prose) => prose.toUpperCase())).toBe(
    "A `b` C\n```\nd\n```\nE",
  );
});
