import { describe, expect, test } from "vitest";
import { parseUcl, type UclValue } from "../../../src/import/rspamd/ucl.ts";

/** As plain data, for reading. */
function plain(value: UclValue): unknown {
  switch (value.kind) {
    case "text":
      return value.text;
    case "array":
      return value.items.map((item) => plain(item.value));
    default:
      return value.entries.map((entry) => [entry.key, plain(entry.value)]);
  }
}

describe("UCL", () => {
  test.each<[text: string, expected: unknown]>([
    [
      "a = 1; b: 2\nc 3",
      [
        ["a", "1"],
        ["b", "2"],
        ["c", "3"],
      ],
    ],
    [
      'a = "x;\\"y"; b = \'$z\'',
      [
        ["a", 'x;"y'],
        ["b", "$z"],
      ],
    ],
    [
      "path = ${DBDIR}/dkim/$domain.key; b = 1",
      [
        ["path", "${DBDIR}/dkim/$domain.key"],
        ["b", "1"],
      ],
    ],
    ["a { b { c = d } }", [["a", [["b", [["c", "d"]]]]]]],
    ["a name { b = c; }", [["a", [["name", [["b", "c"]]]]]]],
    ['{ "a": ["x", {"b": "c"}, [1, 2]] }', [["a", ["x", [["b", "c"]], ["1", "2"]]]]],
    [
      "a = <<EOD\none\ntwo\nEOD\nb = 1",
      [
        ["a", "one\ntwo"],
        ["b", "1"],
      ],
    ],
    [
      "a = 1 # x\n/* b = 2 /* c */ */ d = 3",
      [
        ["a", "1"],
        ["d", "3"],
      ],
    ],
    ['.include(try=true) "/x"', [[".include", '(try=true) "/x"']]],
  ])("%j", (text, expected) => {
    const parsed = parseUcl(text);
    expect(parsed.ok ? plain({ kind: "object", entries: parsed.entries }) : parsed).toEqual(
      expected,
    );
  });

  test.each([
    ["a {", 1, "expected }, got the end of the file"],
    ["a = [\n1", 2, "expected ], got the end of the file"],
    ['a = "x', 1, 'expected " at the end of the text'],
    ["a = ;", 1, "expected a value"],
    ["= 1", 1, 'expected a name, got "="'],
    ["/* x", 1, "expected */ at the end of the comment"],
    ["a = <<EOD\nx", 1, "expected EOD at the end of the text"],
    ["a {".repeat(40), 1, "expected at most 32 levels of braces"],
    ["a = 1 }", 1, 'expected a name, got "}"'],
  ])("%j", (text, line, reason) => {
    expect(parseUcl(text)).toEqual({ ok: false, line, reason });
  });

  test("the lines are those that are neither blank nor comments", () => {
    const parsed = parseUcl("# x\na = 1\n\n/* y\n */ b {\n  c = 2\n}\n");
    expect(parsed.ok && [...parsed.lines]).toEqual([2, 5, 6, 7]);
  });
});
