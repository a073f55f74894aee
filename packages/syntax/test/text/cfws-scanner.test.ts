import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CfwsScanner, isTokenCode } from "../../src/text/cfws-scanner.ts";

describe("comments and folding white space (RFC 5322 3.2.2)", () => {
  test.each([
    [" \t(a (nested) one) x", "a (nested) one"],
    ["(first)(second)x", "first"],
    ["(a \\) b)x", "a ) b"],
    ["(folded\r\n\tcomment)x", "folded\tcomment"],
    ["\r\n x", undefined],
    ["x", undefined],
  ])("%j is skipped up to x", (text, comment) => {
    const scanner = new CfwsScanner(text);
    expect(scanner.skipCfws()).toBe(comment);
    expect([scanner.take("x"), scanner.done, scanner.failure]).toEqual([true, true, undefined]);
  });

  test.each([
    ["(open", "a comment without its end", 0],
    ["(a\u0001)", "a control character in a comment", 2],
    ["(a\r\nb)", "a line break without white space after it", 2],
    [" \r\nx", "a line break without white space after it", 1],
    ["\rx", "a line break without white space after it", 0],
  ])("%j fails where the fault is", (text, reason, offset) => {
    const scanner = new CfwsScanner(text);
    scanner.skipCfws();
    expect(scanner.failure).toEqual({ reason, offset });
  });
});

describe("values (RFC 2045 5.1)", () => {
  test.each([
    ["token;", "token"],
    ["h\u00e9 x", "h\u00e9"],
    ['"a \\"b\\" c"', 'a "b" c'],
    ['""', ""],
    [";", undefined],
  ])("of %j", (text, value) => {
    expect(new CfwsScanner(text).value()).toBe(value);
  });

  test.each(['"open', '"a\\', '"a\u007f"'])("%j has none, and fails", (text) => {
    const scanner = new CfwsScanner(text);
    expect(scanner.value()).toBeUndefined();
    expect(scanner.failure?.reason).toMatch(/quoted string/);
  });

  test("tspecials and controls are no token characters", () => {
    const others = Array.from('()<>@,;:\\"/[]?= \t\u007f', (character) => character.charCodeAt(0));
    expect(others.some(isTokenCode)).toBe(false);
    expect(
      Array.from("aZ0!#$%&'*+-.^_`{|}~\u00e9", (it) => it.charCodeAt(0)).every(isTokenCode),
    ).toBe(true);
  });
});

test("after a failure nothing more is read, and the first reason stays", () => {
  const scanner = new CfwsScanner("(open x");
  scanner.skipCfws();
  scanner.fail("later");
  expect([scanner.skipCfws(), scanner.take("("), scanner.run(() => true)]).toEqual([
    undefined,
    false,
    undefined,
  ]);
  expect(scanner.failure?.reason).toBe("a comment without its end");
});

test("any text ends, and never throws (property)", () => {
  const pieces = fc.constantFrom("(", ")", '"', "\\", "\r\n", " ", "a", "\u0001", ";");
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 60 }), (parts) => {
      const scanner = new CfwsScanner(parts.join(""));
      for (let reads = 0; reads < 200 && !scanner.done; reads++) {
        scanner.skipCfws();
        if (scanner.value() === undefined) scanner.at++;
      }
      expect(scanner.done).toBe(true);
    }),
  );
});
