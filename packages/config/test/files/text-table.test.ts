import { expect, test } from "vitest";
import { tableRows } from "../../src/files/text-table.ts";

test("rows of a text table of Postfix's: comments, continued lines, keys in quotes", () => {
  const text = [
    "# a comment",
    "",
    "joe@example.com\tjoe,",
    "  # another, and an empty line, in between",
    "",
    "  ann",
    '"a b"@example.com  x y ',
    "alone\r",
    '"never closed x',
  ].join("\n");
  expect([...tableRows(text)]).toEqual([
    { key: "joe@example.com", value: "joe,   ann", line: 3 },
    { key: '"a b"@example.com', value: "x y", line: 7 },
    { key: "alone", value: "", line: 8 },
    { key: '"never', value: "closed x", line: 9 },
  ]);
});
