import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseTagList } from "../../src/signature/tag-list.ts";

function read(text: string): readonly (readonly [string, string])[] {
  const list = parseTagList(text);
  expect(list.ok ? "" : list.reason).toBe("");
  return list.tags.map((tag) => [tag.name, tag.value] as const);
}

function codeOf(text: string): string {
  const list = parseTagList(text);
  return list.ok ? "ok" : list.code;
}

const numberedTags = (count: number): string =>
  Array.from({ length: count }, (_, index) => `t${index}=1`).join(";");

describe("RFC 6376 3.2 tag=value lists", () => {
  test.each([
    ["a=1", [["a", "1"]]],
    ["a=1;", [["a", "1"]]],
    [
      " a = 1 ; b = 2 ",
      [
        ["a", "1"],
        ["b", "2"],
      ],
    ],
    [
      "a=1;\r\n b=2;\r\n\t",
      [
        ["a", "1"],
        ["b", "2"],
      ],
    ],
    [
      "a=1;\n b=2",
      [
        ["a", "1"],
        ["b", "2"],
      ],
    ],
    [
      "a\r\n =\r\n 1\r\n ;b=2",
      [
        ["a", "1"],
        ["b", "2"],
      ],
    ],
    ["a=1 2\r\n  3", [["a", "1 2\r\n  3"]]],
    ["a=x=y==", [["a", "x=y=="]]],
    ["p=", [["p", ""]]],
    [
      "p= ;q=1",
      [
        ["p", ""],
        ["q", "1"],
      ],
    ],
    ["a_1b=1", [["a_1b", "1"]]],
    [
      "a=1;A=2",
      [
        ["a", "1"],
        ["A", "2"],
      ],
    ],
    ["a=1;\r\n", [["a", "1"]]],
    ["a=1\n", [["a", "1"]]],
    ["a=\xc3\xa9", [["a", "\xc3\xa9"]]],
    [
      "constructor=1;toString=2",
      [
        ["constructor", "1"],
        ["toString", "2"],
      ],
    ],
  ])("%j", (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  test.each([
    ["", "syntax"],
    [" \r\n ", "syntax"],
    [";", "empty-tag"],
    [";a=1", "empty-tag"],
    ["a=1;;b=2", "empty-tag"],
    ["a=1; ;b=2", "empty-tag"],
    ["a=1;;", "empty-tag"],
    ["a=1;a=2", "duplicate-tag"],
    ["a=1;b=2;a=1", "duplicate-tag"],
    ["a", "syntax"],
    ["a;b=1", "syntax"],
    ["=1", "syntax"],
    ["1a=1", "syntax"],
    ["_a=1", "syntax"],
    ["__proto__=1", "syntax"],
    ["a-b=1", "syntax"],
    ["a b=1", "syntax"],
    ["\xc3\xa9=1", "syntax"],
    ["a=\0", "syntax"],
    ["a=1\x0b", "syntax"],
    ["a=1\x7f", "syntax"],
    ["a=1\r\nb=2", "syntax"],
    ["a=1;\r\nb=2", "syntax"],
    ["a=1\r b=2", "syntax"],
    ["a=1;\r b=2", "syntax"],
    ["a=1;b=2\r", "syntax"],
    ["a=1\r\n\r\n", "syntax"],
  ])("%j is refused: %s", (text, code) => {
    expect(codeOf(text)).toBe(code);
  });

  test("offsets are those of the raw value, white space included", () => {
    const text = "a=1; b =\r\n x y ; c=";
    const list = parseTagList(text);
    expect(list.tags.map(({ start, end }) => text.slice(start, end))).toEqual([
      "1",
      "\r\n x y ",
      "",
    ]);
  });

  test("a final line ending belongs to no value", () => {
    expect(parseTagList("b=1 \r\n").get("b")).toEqual({ name: "b", value: "1", start: 2, end: 4 });
  });

  test("an error keeps the tags that were read before it", () => {
    const list = parseTagList("d=example.org;;s=x");
    expect(list.ok).toBe(false);
    expect(list.get("d")?.value).toBe("example.org");
    expect(list.get("s")).toBeUndefined();
  });

  test("names of object members are names like others", () => {
    const list = parseTagList("a=1");
    expect(list.get("constructor")).toBeUndefined();
    expect(list.get("__proto__")).toBeUndefined();
  });

  test("more than 100 tags, or than asked for, are refused", () => {
    expect(codeOf(numberedTags(100))).toBe("ok");
    expect(codeOf(numberedTags(101))).toBe("too-many-tags");
    expect(codeOf(numberedTags(10_000))).toBe("too-many-tags");
    expect(parseTagList(numberedTags(5), { maxTags: 4 })).toMatchObject({ code: "too-many-tags" });
    expect(parseTagList(numberedTags(10_000), { maxTags: 4 }).tags).toHaveLength(4);
  });
});

describe("any text", () => {
  const pieces = fc.constantFrom(
    "a",
    "b1",
    "=",
    ";",
    " ",
    "\t",
    "\r\n ",
    "\r\n",
    "\n",
    "\r",
    "\0",
    "\xff",
    "_",
  );
  const texts = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(pieces).map((all) => all.join("")),
  );

  test("never throws, and the offsets are those of the values", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const list = parseTagList(text);
        for (const { value, start, end } of list.tags) {
          expect(text.slice(start, end).replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "")).toBe(value);
          expect(value).not.toContain(";");
        }
        expect(new Set(list.tags.map((tag) => tag.name)).size).toBe(list.tags.length);
      }),
    );
  });

  test("white space between the parts changes no value", () => {
    const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,5}$/);
    const value = fc.stringMatching(/^([!-:<-~]{1,9}( [!-:<-~]{1,9}){0,2})?$/);
    const fws = fc.constantFrom("", " ", "\t", "\r\n ", " \r\n\t ", "\n ");
    const tag = fc.tuple(name, value, fws, fws, fws, fws);
    const list = fc.uniqueArray(tag, { minLength: 1, maxLength: 20, selector: ([key]) => key });
    fc.assert(
      fc.property(list, fc.constantFrom("", ";", "; "), (tags, tail) => {
        const text = tags.map(([n, v, a, b, c, d]) => `${a}${n}${b}=${c}${v}${d}`).join(";") + tail;
        expect(read(text)).toEqual(tags.map(([n, v]) => [n, v]));
      }),
    );
  });

  test.each([
    ["blanks", `a=${" ".repeat(1_000_000)}`, "ok"],
    ["folding", `a=${"\r\n ".repeat(350_000)}b`, "ok"],
    ["folding before a name", `${"\r\n ".repeat(350_000)}a=b`, "ok"],
    ["a value", `a=${"x".repeat(1_000_000)}`, "ok"],
    ["words", `a=${"x \t".repeat(350_000)}`, "ok"],
    ["a name", `${"a".repeat(1_000_000)}=1`, "ok"],
    ["semicolons", ";".repeat(1_000_000), "empty-tag"],
    ["bare carriage returns", `a=${"\r".repeat(1_000_000)}`, "syntax"],
  ])("1 MB of %s is read in one pass", (_what, text, code) => {
    expect(codeOf(text)).toBe(code);
  });
});
