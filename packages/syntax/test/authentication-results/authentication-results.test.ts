import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type AuthenticationResults,
  parseArcAuthenticationResults,
  parseAuthenticationResults,
} from "../../src/authentication-results/authentication-results.ts";

function parsed(text: string): AuthenticationResults {
  const read = parseAuthenticationResults(text);
  if (!read.ok) throw new Error(`${read.reason} at ${read.offset}`);
  return read.value;
}

const latin1 = (text: string): string => Buffer.from(text, "utf8").toString("latin1");

describe("RFC 8601 appendix B", () => {
  test("B.2 nothing done", () => {
    expect(parsed(" example.org 1; none")).toEqual({
      authservId: "example.org",
      version: 1,
      results: [],
    });
  });

  test("B.4 several methods, a comment, properties", () => {
    const text =
      " example.com;\r\n\tauth=pass (cram-md5) smtp.auth=sender@example.net;\r\n" +
      "\tspf=pass smtp.mailfrom=example.net";
    expect(parsed(text)).toEqual({
      authservId: "example.com",
      results: [
        {
          method: "auth",
          result: "pass",
          comment: "cram-md5",
          properties: [{ type: "smtp", property: "auth", value: "sender@example.net" }],
        },
        {
          method: "spf",
          result: "pass",
          properties: [{ type: "smtp", property: "mailfrom", value: "example.net" }],
        },
      ],
    });
  });

  test("B.7 comments everywhere", () => {
    const text =
      " foo.example.net (foobar) 1 (baz);\r\n  dkim (Because I like it) / 1 (One yay) = (wait for it) fail\r\n" +
      "  policy (A dot can go here) . (like that) expired\r\n  (this surprised me) = (as I wasn't expecting it) 1362471462";
    expect(parsed(text)).toEqual({
      authservId: "foo.example.net",
      version: 1,
      results: [
        {
          method: "dkim",
          version: 1,
          result: "fail",
          properties: [{ type: "policy", property: "expired", value: "1362471462" }],
        },
      ],
    });
  });
});

describe("values", () => {
  test.each([
    ["header.i=@example.com", "@example.com"],
    ['header.b="abc/def=="', "abc/def=="],
    ["header.b=abc/def==", "abc/def=="],
    ['header.i="a \\"b\\\\"', 'a "b\\'],
    ['header.i=""', ""],
    ['header.i="a\r\n b"', "a b"],
    ['smtp.mailfrom="a;b"@example.com', '"a;b"@example.com'],
    ["smtp.mailfrom=a=b@example.com", "a=b@example.com"],
    ["smtp.mailfrom=<>", "<>"],
    ["policy.iprev=[2001:db8::1]", "[2001:db8::1]"],
    [latin1("header.i=møx@bücher.example"), "møx@bücher.example"],
  ])("%j", (property, value) => {
    expect(parsed(`a.example; dkim=pass ${property}`).results[0]?.properties[0]?.value).toBe(value);
  });

  test("keywords come back in lower case, the authserv-id as written", () => {
    expect(parsed("MX.Example; DKIM=Pass Header.D=Example.Com")).toEqual({
      authservId: "MX.Example",
      results: [
        {
          method: "dkim",
          result: "pass",
          properties: [{ type: "header", property: "d", value: "Example.Com" }],
        },
      ],
    });
  });

  test.each([
    ['"mx \\"1\\"\r\n x"; none', 'mx "1" x'],
    [latin1("bücher.example; none"), "bücher.example"],
    ["(comment) mx.example (another); none", "mx.example"],
  ])("authserv-id of %j", (text, authservId) => {
    expect(parsed(text).authservId).toBe(authservId);
  });

  test.each([
    ["(good (nested (deep)) text)", "good (nested (deep)) text"],
    ["(a \\) b \\\\ c)", "a ) b \\ c"],
    ["(a\r\n b)", "a b"],
    ["()", ""],
    ["(first) (second)", "first"],
  ])("comment %j", (comment, text) => {
    expect(parsed(`a.example; dkim=pass ${comment} header.d=b.example`).results[0]?.comment).toBe(
      text,
    );
  });

  test.each(["reason=good header.d=x", 'reason="good" header.d=x', "header.d=x reason=good"])(
    "reason: %s",
    (details) => {
      expect(parsed(`a.example; dkim=pass ${details}`).results[0]).toMatchObject({
        reason: "good",
        properties: [{ value: "x" }],
      });
    },
  );

  test.each([
    ["a.example; gateway.spf=pass", "gateway.spf", "pass"],
    ["a.example; dkim=dkim_pass", "dkim", "dkim_pass"],
    ["a.example; dmarc=success(p=REJECT)", "dmarc", "success"],
    ["a.example; none=pass", "none", "pass"],
    ["a.example; constructor=pass", "constructor", "pass"],
    ["a.example; dkim=unheard-of", "dkim", "unheard-of"],
    ["a.example; dkim=pass;", "dkim", "pass"],
    ["a.example; dkim=pass\r\n", "dkim", "pass"],
  ])("%j", (text, method, result) => {
    expect(parsed(text).results).toMatchObject([{ method, result }]);
  });
});

describe("refused", () => {
  test.each([
    ["", 0],
    ["a.example", 9],
    ["a.example;", 10],
    ["a.example; ;dkim=pass", 11],
    ["a.example b; none", 10],
    ["a.example 1 2; none", 12],
    ["a.example 1234567890; none", 20],
    ["a.example; none; dkim=pass", 15],
    ["a.example; dkim", 15],
    ["a.example; dkim=", 16],
    ["a.example; dkim=pass spf=pass", 24],
    ["a.example; dkim/x=pass", 16],
    ["a.example; dkim=pass .d=x", 21],
    ["a.example; dkim=pass header.d=", 30],
    ["a.example; dkim=pass header.d=;", 30],
    ["a.example; dkim=pass header.__proto__=x", 28],
    ["a.example; dkim=pass reason=a reason=b", 36],
    ['a.example; dkim=pass header.i="a" b', 35],
    ['a.example; dkim=pass header.i="a"b', 33],
    ['a.example; dkim=pass header.i="a', 30],
    ["a.example; dkim=pass (a", 21],
    ["a.example; dkim=pass (a))", 24],
    ["a.example; dkim=pass (a\\", 21],
    ["a.example; dkim=pass (a\0)", 23],
    ["a.example; dkim=pass\r\nheader.d=x", 20],
    ["a.example; dkim=pass\r header.d=x", 20],
    ["a.example; dkim=pa\0ss", 18],
    ["a\0.example; none", 1],
    ["\xff.example; none", 0],
    ["балалайка.example; none", 0],
  ])("%j at %i", (text, offset) => {
    expect(parseAuthenticationResults(text)).toMatchObject({ ok: false, offset });
  });
});

describe("RFC 8617 4.1.1 ARC-Authentication-Results", () => {
  test("an instance precedes the rest", () => {
    expect(parseArcAuthenticationResults(" i = (first) 12 ; a.example; none")).toEqual({
      ok: true,
      instance: 12,
      value: { authservId: "a.example", results: [] },
    });
  });

  test.each([
    "",
    "i",
    "i=",
    "i=;",
    "i=a; b.example; none",
    "i=123; a.example; none",
    "i=1",
    "i=1;",
    "a.example; none",
  ])("%j is refused", (text) => {
    expect(parseArcAuthenticationResults(text).ok).toBe(false);
  });

  test("has no place in the plain field", () => {
    expect(parseAuthenticationResults("i=1; a.example; none").ok).toBe(false);
  });
});

describe("hostile text", () => {
  const pieces = fc.constantFrom(
    "a",
    "1",
    "none",
    "reason",
    ";",
    "=",
    ".",
    "/",
    '"',
    "\\",
    "(",
    ")",
    " ",
    "\r\n ",
    "\r\n",
    "\0",
    "\xff",
    "@",
  );
  const texts = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(pieces).map((all) => all.join("")),
    fc.array(pieces).map((all) => `a; b=c ${all.join("")}`),
  );

  test("never throws; a failure lies within the text", () => {
    fc.assert(
      fc.property(texts, (text) => {
        for (const read of [
          parseAuthenticationResults(text),
          parseArcAuthenticationResults(text),
        ]) {
          expect(read.ok ? 0 : read.offset).toBeLessThanOrEqual(text.length);
        }
      }),
      { numRuns: 2000 },
    );
  });

  const half = 400_000;
  test.each([
    ["nested comments", `${"(".repeat(half)}${")".repeat(half)} a; none`, true],
    ["open comments", "(".repeat(2 * half), false],
    ["comments", `${"()".repeat(half)}a; none`, true],
    ["folding", `${"\r\n ".repeat(half)}a; none`, true],
    ["escapes in a quoted string", `"${"\\a".repeat(half)}"; none`, true],
    ["folding in a quoted string", `"${"\r\n ".repeat(half)}"; none`, true],
    ["results", `a${"; b=c".repeat(half / 4)}`, true],
    ["properties", `a; b=c${" d.e=f".repeat(half / 4)}`, true],
    ["semicolons", `a${";".repeat(half)}`, false],
    ["reasons", `a; b=c${" reason".repeat(half / 4)}`, false],
  ])("1 MB of %s is read in one pass", (_what, text, ok) => {
    expect(parseAuthenticationResults(text).ok).toBe(ok);
  });
});
