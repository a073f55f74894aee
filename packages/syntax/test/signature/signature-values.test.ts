import { describe, expect, test } from "vitest";
import {
  checkIdentity,
  isFieldName,
  MAX_LENGTH_DIGITS,
  MAX_TIME_DIGITS,
  readColonList,
  readCopiedFields,
  readDigits,
  readIdentity,
  readKeyLocation,
} from "../../src/signature/signature-values.ts";

describe("digits of t=, x= and l=", () => {
  test.each([
    ["0", 0],
    ["000000000012", 12],
    ["999999999999", 999_999_999_999],
    ["9999999999999", undefined],
    ["", undefined],
    ["-1", undefined],
    ["+1", undefined],
    ["1 ", undefined],
    ["0x1", undefined],
    ["1.5", undefined],
    ["\u0661", undefined],
  ])("%j is %s", (text, number) => {
    expect(readDigits(text, MAX_TIME_DIGITS)).toBe(number);
  });

  test("too large to be exact are infinite", () => {
    expect(readDigits("9".repeat(MAX_LENGTH_DIGITS), MAX_LENGTH_DIGITS)).toBe(Infinity);
    expect(readDigits("9".repeat(MAX_LENGTH_DIGITS + 1), MAX_LENGTH_DIGITS)).toBeUndefined();
  });
});

describe("the list of h=", () => {
  test.each([
    ["From", ["From"]],
    [" From :\r\n\t To\t", ["From", "To"]],
    ["a:a", ["a", "a"]],
    ["", undefined],
    ["From:", undefined],
    [":From", undefined],
    ["From::To", undefined],
    ["Fr om", undefined],
    ["Fr\u00e9", undefined],
    ["Fr\u0000", undefined],
  ])("%j", (text, names) => {
    expect(readColonList(text, 0, text.length)?.map(({ name }) => name)).toEqual(names);
  });

  test("is read between the offsets only", () => {
    const list = readColonList("h=From:To; x", 2, 9);
    expect(list?.map(({ key }) => key)).toEqual(["from", "to"]);
  });
});

describe("the place of the key", () => {
  test.each([
    ["Example.COM", "S1", { domain: "example.com", selector: "S1" }],
    ["b\u00c3\u00bccher.example", "s", { domain: "xn--bcher-kva.example", selector: "s" }],
    ["example", "s", "bad-domain"],
    ["", "s", "bad-domain"],
    ["exa mple.com", "s", "bad-domain"],
    ["example.com", "", "bad-selector"],
    ["example.com", "a..b", "bad-selector"],
    [`${"a.".repeat(120)}example.com`, "s".repeat(60), "bad-selector"],
  ])("d=%s s=%s", (domain, selector, expected) => {
    const first = readKeyLocation(domain, selector);
    expect(first).toEqual(expected);
    // From the memory of the last one.
    expect(readKeyLocation(domain, selector)).toEqual(first);
  });
});

describe("i=", () => {
  test.each([
    ["@example.com", "example.com"],
    ["ann@sub.example.com", "sub.example.com"],
    ["a=40b@example.com", "example.com"],
    ['"a@evil.example"@example.com', "example.com"],
    ["ann@evil.example", "identity-mismatch"],
    ["ann@notexample.com", "identity-mismatch"],
    ["ann", "bad-identity"],
    ["a b@", "bad-identity"],
    ["(c)@example.com", "bad-identity"],
  ])("%s", (value, expected) => {
    const read = readIdentity(value, "example.com");
    expect(typeof read === "string" ? read : read.domain).toBe(expected);
  });

  test("is checked by the writer as by the reader", () => {
    expect(checkIdentity("ann@EXAMPLE.com", "example.com")).toEqual({
      identity: "ann@EXAMPLE.com",
      localPart: "ann",
      domain: "example.com",
    });
    expect(checkIdentity(`a@${"b".repeat(254)}`, "example.com")).toBe("bad-identity");
  });
});

describe("z=", () => {
  test.each([
    [
      "From:a=3Bb|To:c",
      [
        ["From", "a;b"],
        ["To", "c"],
      ],
    ],
    ["Fr\r\n om:x", [["From", "x"]]],
    ["X:", [["X", ""]]],
    ["From", undefined],
    ["From:a||To:b", undefined],
    [":a", undefined],
    ["From:a=3", undefined],
    ["", undefined],
  ])("%j", (text, fields) => {
    expect(readCopiedFields(text)?.map(({ name, value }) => [name, value])).toEqual(fields);
  });
});

test.each([
  ["X-Any!#", true],
  ["", false],
  ["a b", false],
  ["a:", false],
  ["a;", false],
  ["\u00e9", false],
  ["a\u007f", false],
])("%j as a field name: %s", (name, isOne) => {
  expect(isFieldName(name)).toBe(isOne);
});
