import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isSameOrSubdomain, toAsciiDomain, toUnicodeDomain } from "../../src/index.ts";

const label63 = "a".repeat(63);

describe("toAsciiDomain", () => {
  const good: readonly (readonly [string, string])[] = [
    ["example.com", "example.com"],
    ["EXAMPLE.Com", "example.com"],
    ["localhost", "localhost"],
    ["a_b._c.example", "a_b._c.example"],
    ["xn--bcher-kva.example", "xn--bcher-kva.example"],
    ["bücher.example", "xn--bcher-kva.example"],
    ["BÜCHER.example", "xn--bcher-kva.example"],
    ["例え.テスト", "xn--r8jz45g.xn--zckzah"],
    [`${label63}.example`, `${label63}.example`],
    ["20210112", "20210112"],
    ["1.2.3.4", "1.2.3.4"],
  ];
  test.each(good)("%s", (name, ascii) => {
    expect(toAsciiDomain(name)).toBe(ascii);
  });

  const bad: readonly (readonly [string, string])[] = [
    ["empty", ""],
    ["a trailing dot", "example.com."],
    ["a leading dot", ".example.com"],
    ["an empty label", "example..com"],
    ["a path", "../../etc/passwd"],
    ["a slash", "exam/ple.com"],
    ["a space", "exam ple.com"],
    ["a quote", 'exam"ple.com'],
    ["a NUL", "exam\0ple.com"],
    ["a line break", "example.com\r\n"],
    ["a percent escape", "ex%41mple.com"],
    ["an escape with a U-label", "b%C3%BCcher.example"],
    ["a colon", "example.com:53"],
    ["an at sign", "a@example.com"],
    ["a backslash", "example\\.com"],
    ["a wildcard", "*.example.com"],
    ["a hyphen first", "-a.example"],
    ["a hyphen last", "a-.example"],
    ["a label of 64 octets", `${label63}a.example`],
    ["254 octets", `${`${label63}.`.repeat(3)}${"a".repeat(62)}`],
    ["a full-width dot", "example．com"],
    ["an ideographic dot", "bücher。example"],
    ["full-width digits that make an address", "１.２.３.４"],
    ["a zero-width space", "exam\u200bple.com\u00e9 "],
    ["a C1 control", "ex\u0085ample.com"],
    ["a lone surrogate", "ex\ud800ample.com"],
  ];
  test.each(bad)("not %s", (_, name) => {
    expect(toAsciiDomain(name)).toBeUndefined();
  });

  test("any text: undefined, or a name that DNS can carry and that stays itself (property)", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.domain()), (name) => {
        const ascii = toAsciiDomain(name);
        if (ascii !== undefined) {
          expect(ascii).toMatch(/^[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/);
          expect(ascii.length).toBeLessThanOrEqual(253);
          expect(toAsciiDomain(ascii)).toBe(ascii);
        }
      }),
      { numRuns: 500 },
    );
  });
});

test("toUnicodeDomain", () => {
  expect(toUnicodeDomain("xn--bcher-kva.example")).toBe("bücher.example");
  expect(toUnicodeDomain("example.com")).toBe("example.com");
  expect(toUnicodeDomain("xn--.example")).toBe("xn--.example");
});

describe("isSameOrSubdomain", () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ["example.com", "example.com", true],
    ["a.b.example.com", "example.com", true],
    ["evil-example.com", "example.com", false],
    ["evilexample.com", "example.com", false],
    ["com", "example.com", false],
    ["example.com.evil.example", "example.com", false],
  ];
  test.each(cases)("%s under %s: %s", (name, parent, expected) => {
    expect(isSameOrSubdomain(name, parent)).toBe(expected);
  });
});
