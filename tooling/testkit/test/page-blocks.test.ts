import { expect, test } from "vitest";
import { blocksOf, fileOf, missingLine } from "../src/page-blocks.ts";

const page = [
  "# One",
  "```sh",
  "a",
  "# not a heading",
  "```",
  "## Two",
  "```yaml",
  "# /etc/x.yaml",
  "b: 1",
  "```",
  "```",
  "```",
  "",
].join("\n");

test("blocks have their language, their text, the heading above them and their line", () => {
  expect(blocksOf(page)).toEqual([
    { language: "sh", code: "a\n# not a heading\n", heading: "One", line: 2, lastLine: 5 },
    { language: "yaml", code: "# /etc/x.yaml\nb: 1\n", heading: "Two", line: 7, lastLine: 10 },
    { language: "", code: "", heading: "Two", line: 11, lastLine: 12 },
  ]);
});

test.each([
  ["yaml", "# /etc/x.yaml\n", "/etc/x.yaml"],
  ["text", "// /etc/bind/a.conf\n", "/etc/bind/a.conf"],
  ["text", "# ./a.conf\n", "./a.conf"],
  ["yaml", "# a comment\n", undefined],
  ["sh", "# /bin/true\n", undefined],
  ["text", "/etc/x\n", undefined],
])("a %s block that starts with %j is the file %s", (language, code, path) => {
  expect(fileOf({ language, code, heading: "", line: 1, lastLine: 3 })).toBe(path);
});

test.each([
  ["a\nb\n", "a\nx\nb\n", undefined],
  ["a\n...\n", "a\n", undefined],
  ["id ..., done.", "id 17, done.\n", undefined],
  ["  a", "a\n", "  a"],
  ["b\na", "a\nb\n", "a"],
  ["a.c", "abc\n", "a.c"],
])("of %j, the output %j lacks %j", (expected, output, line) => {
  expect(missingLine(expected, output)).toBe(line);
});
