import { expect, test } from "vitest";
import { itemsOf } from "../../src/debian/changelog.ts";

const markdown = `# @mailseal/relay

## 0.2.0

### Minor Changes

- 999c019: Serves a page,
  on two lines.

  With a second paragraph.

- Without a commit.

### Patch Changes

- Updated dependencies [999c019]
  - @mailseal/syntax@0.2.0

## 0.1.0

### Minor Changes

- 1234567: First version.
`;

test("the items of a version become one line each, without those on dependencies", () => {
  expect(itemsOf(markdown, "0.2.0")).toEqual([
    "Serves a page, on two lines. With a second paragraph.",
    "Without a commit.",
  ]);
  expect(itemsOf(markdown, "0.1.0")).toEqual(["First version."]);
});

test("a version without a section has no items", () => {
  expect(itemsOf(markdown, "0.2")).toEqual([]);
  expect(itemsOf("", "0.2.0")).toEqual([]);
});
