import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseMomentum } from "../../../src/import/momentum/syntax.ts";

describe("Momentum's syntax", () => {
  test("settings, lists, stanzas with and without a label, comments", () => {
    expect(
      parseMomentum(
        'a = 1 # x\nb = ( "x y", z )\nopendkim "o" {\n  c = "q\\"r"\n}\nd { }\ninclude "f"',
      ),
    ).toEqual({
      ok: true,
      lines: new Set([1, 2, 3, 4, 5, 6, 7]),
      nodes: [
        { kind: "setting", name: "a", values: ["1"], line: 1, endLine: 1 },
        { kind: "setting", name: "b", values: ["x y", "z"], line: 2, endLine: 2 },
        {
          kind: "stanza",
          name: "opendkim",
          label: "o",
          line: 3,
          openLine: 3,
          endLine: 5,
          children: [{ kind: "setting", name: "c", values: ['q"r'], line: 4, endLine: 4 }],
        },
        { kind: "stanza", name: "d", label: "", line: 6, openLine: 6, endLine: 6, children: [] },
        { kind: "setting", name: "include", values: ["f"], line: 7, endLine: 7 },
      ],
    });
  });

  test.each([
    ["a = ", 1, "expected a value for a"],
    ["\na {\n", 2, "expected }, got the end of the file"],
    ["a = (1", 1, "expected ) after the list of a"],
    ["}", 1, "expected a name, got }"],
    ["a }", 1, "expected = or { after a"],
    ['a = "x', 1, 'expected " at the end of the text'],
    ["a {".repeat(40), 1, "expected at most 32 levels of braces"],
  ])("%j", (text, line, reason) => {
    expect(parseMomentum(text)).toEqual({ ok: false, line, reason });
  });

  test("any text is read or refused (property)", () => {
    const piece = fc.constantFrom("{", "}", "=", "(", ")", '"', "\\", "#", "\n", " ", "name");
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string())), (pieces) => {
        expect(parseMomentum(pieces.join(""))).toHaveProperty("ok");
      }),
    );
  });
});
