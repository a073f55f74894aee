import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DkimSignature } from "../../src/signature/dkim-signature.ts";
import { parseSignature } from "../../src/signature/parse-signature.ts";

const HASH = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

const usual = {
  v: "1",
  a: "rsa-sha256",
  c: "relaxed/relaxed",
  d: "example.com",
  s: "sel",
  h: "From:To",
  bh: HASH,
  b: "AAAA",
};

/** A good signature's value, with tags replaced, added, or (undefined) left out. */
function value(changes: Readonly<Record<string, string | undefined>> = {}): string {
  return Object.entries({ ...usual, ...changes })
    .filter(([, text]) => text !== undefined)
    .map(([name, text]) => `${name}=${text}`)
    .join("; ");
}

const latin1 = (text: string): string => Buffer.from(text, "utf8").toString("latin1");

function parsed(text: string): DkimSignature {
  const read = parseSignature(text);
  if (!read.ok) throw new Error(`${read.code}: ${read.reason}`);
  return read.signature;
}

function codeOf(text: string): string {
  const read = parseSignature(text);
  return read.ok ? "ok" : read.code;
}

describe("RFC 6376 3.5", () => {
  test("the example of the section", () => {
    const text = [
      "v=1; a=rsa-sha256; d=example.net; s=brisbane;",
      "   c=simple; q=dns/txt; i=@eng.example.net;",
      "   t=1117574938; x=1118006938; l=200;",
      "   h=from:to:subject:date;",
      "   z=From:foo@eng.example.net|To:joe@example.com|",
      "    Subject:demo=20run|Date:July=205,=202005=203:44:08=20PM=20-0700;",
      "   bh=MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=;",
      "   b=dzdVyOfAKCdLXdJOc9G2q8LoXSlEniSbav+yuU4zGeeruD00lszZ",
      "     VoG4ZHRNiYzR",
    ].join("\r\n");
    const signature = parsed(text);
    expect(signature).toMatchObject({
      algorithm: "rsa-sha256",
      headerCanonicalization: "simple",
      bodyCanonicalization: "simple",
      domain: "example.net",
      selector: "brisbane",
      signedFields: ["from", "to", "subject", "date"],
      identity: "@eng.example.net",
      identityDomain: "eng.example.net",
      queryMethods: ["dns/txt"],
      timestamp: 1_117_574_938,
      expiration: 1_118_006_938,
      bodyLength: 200,
      copiedFields: [
        { name: "From", value: "foo@eng.example.net" },
        { name: "To", value: "joe@example.com" },
        { name: "Subject", value: "demo run" },
        { name: "Date", value: "July 5, 2005 3:44:08 PM -0700" },
      ],
    });
    expect(Buffer.from(signature.bodyHash).toString()).toBe("12345678901234567890123456789012");
    expect(signature.signature).toHaveLength(48);
    expect(text.slice(0, signature.signatureStart)).toMatch(/b=$/);
    expect(signature.signatureEnd).toBe(text.length);
  });

  test("defaults", () => {
    const signature = parsed(value({ c: undefined }));
    expect(signature).toMatchObject({
      headerCanonicalization: "simple",
      bodyCanonicalization: "simple",
      identity: "@example.com",
      identityDomain: "example.com",
      queryMethods: ["dns/txt"],
    });
    for (const absent of ["timestamp", "expiration", "bodyLength", "copiedFields"]) {
      expect(signature).not.toHaveProperty(absent);
    }
  });

  test("names and values that ABNF takes without case come back in lower case", () => {
    expect(
      parsed(
        value({
          a: "RSA-SHA256",
          c: "Relaxed/SIMPLE",
          d: "Example.COM",
          h: "FROM:To",
          q: "DNS/TXT",
        }),
      ),
    ).toMatchObject({
      algorithm: "rsa-sha256",
      headerCanonicalization: "relaxed",
      bodyCanonicalization: "simple",
      domain: "example.com",
      signedFields: ["from", "to"],
      signedFieldNames: ["FROM", "To"],
      queryMethods: ["dns/txt"],
    });
  });

  test("the offsets of b= take in the white space around it, wherever it stands", () => {
    const text = "b= \r\n AAAA \t; v=1; a=rsa-sha256; d=example.com; s=sel; h=from; bh=" + HASH;
    const { signatureStart, signatureEnd } = parsed(text);
    expect(text.slice(signatureStart, signatureEnd)).toBe(" \r\n AAAA \t");
  });

  test.each([
    [{ c: "relaxed" }, { headerCanonicalization: "relaxed", bodyCanonicalization: "simple" }],
    [
      { c: "simple/relaxed" },
      { headerCanonicalization: "simple", bodyCanonicalization: "relaxed" },
    ],
    [{ h: "From : To\r\n :\tSubject" }, { signedFieldNames: ["From", "To", "Subject"] }],
    [{ h: "from:from:x" }, { signedFields: ["from", "from", "x"] }],
    [{ h: "__proto__:from:constructor" }, { signedFields: ["__proto__", "from", "constructor"] }],
    [{ q: "x : dns/txt : y" }, { queryMethods: ["x", "dns/txt", "y"] }],
    [{ t: "0" }, { timestamp: 0 }],
    [{ t: "999999999999" }, { timestamp: 999_999_999_999 }],
    [
      { t: "10", x: "11" },
      { timestamp: 10, expiration: 11 },
    ],
    [{ x: "0" }, { expiration: 0 }],
    [{ l: "0" }, { bodyLength: 0 }],
    [{ l: "00012" }, { bodyLength: 12 }],
    [{ l: "9007199254740991" }, { bodyLength: Number.MAX_SAFE_INTEGER }],
    [{ l: "9007199254740992" }, { bodyLength: Infinity }],
    [{ l: "9".repeat(76) }, { bodyLength: Infinity }],
    [{ a: "ed25519-sha256" }, { algorithm: "ed25519-sha256" }],
    [{ a: "rsa-sha1", bh: "2jmj7l5rSw0yVb/vlWAYkK/YBwk=" }, { algorithm: "rsa-sha1" }],
    [{ s: "a.b._c" }, { selector: "a.b._c" }],
    [{ s: "20120113" }, { selector: "20120113" }],
    [{ d: "xn--bcher-kva.example" }, { domain: "xn--bcher-kva.example" }],
    [{ unknown: "must be ignored", __tag: undefined }, { domain: "example.com" }],
    [
      { z: "Fr\r\n om:=4\r\n\t1|\r\n To:" },
      {
        copiedFields: [
          { name: "From", value: "A" },
          { name: "To", value: "" },
        ],
      },
    ],
    [{ unknown: "" }, { domain: "example.com" }],
    [{ unknown: "\xff" }, { domain: "example.com" }],
    [{ constructor: "1" }, { domain: "example.com" }],
    [{ D: "evil.example" }, { domain: "example.com" }],
  ])("%j is accepted", (changes, expected) => {
    expect(parsed(value(changes))).toMatchObject(expected);
  });

  test.each([
    ["missing-tag", { v: undefined }],
    ["missing-tag", { a: undefined }],
    ["missing-tag", { b: undefined }],
    ["missing-tag", { bh: undefined }],
    ["missing-tag", { d: undefined }],
    ["missing-tag", { h: undefined }],
    ["missing-tag", { s: undefined }],
    ["missing-tag", { d: undefined, D: "example.com" }],
    ["missing-tag", { v: undefined, V: "1" }],
    ["bad-version", { v: "2" }],
    ["bad-version", { v: "01" }],
    ["bad-version", { v: "1.0" }],
    ["bad-version", { v: "DKIM1" }],
    ["empty-tag", { v: "" }],
    ["empty-tag", { a: "" }],
    ["empty-tag", { c: "" }],
    ["empty-tag", { d: "" }],
    ["empty-tag", { i: "" }],
    ["empty-tag", { l: "" }],
    ["empty-tag", { q: "" }],
    ["empty-tag", { s: " " }],
    ["empty-tag", { t: "" }],
    ["empty-tag", { x: "" }],
    ["empty-tag", { z: "" }],
    ["bad-algorithm", { a: "rsa-sha512" }],
    ["bad-algorithm", { a: "rsa - sha256" }],
    ["bad-algorithm", { a: "rsa-sha256-x" }],
    ["bad-algorithm", { a: "constructor" }],
    ["bad-algorithm", { a: "__proto__" }],
    ["bad-canonicalization", { c: "relaxed/relaxed/relaxed" }],
    ["bad-canonicalization", { c: "relaxed / relaxed" }],
    ["bad-canonicalization", { c: "relaxed/" }],
    ["bad-canonicalization", { c: "/relaxed" }],
    ["bad-canonicalization", { c: "/" }],
    ["bad-canonicalization", { c: "nowsp" }],
    ["bad-domain", { d: "com" }],
    ["bad-domain", { d: "example.com." }],
    ["bad-domain", { d: ".example.com" }],
    ["bad-domain", { d: "a..example.com" }],
    ["bad-domain", { d: "../example.com" }],
    ["bad-domain", { d: "example.com/../x.org" }],
    ["bad-domain", { d: '"example.com"' }],
    ["bad-domain", { d: "example .com" }],
    ["bad-domain", { d: "exam\r\n ple.com" }],
    ["bad-domain", { d: "example.com:53" }],
    ["bad-domain", { d: "a@example.com" }],
    ["bad-domain", { d: "-a.example.com" }],
    ["bad-domain", { d: `${"a".repeat(64)}.example.com` }],
    ["bad-domain", { d: `${"a.".repeat(126)}com` }],
    ["bad-domain", { d: "b\u00fccher.example" }],
    ["bad-domain", { d: latin1("xn--bücher.example") }],
    ["bad-domain", { d: latin1("example。com") }],
    ["bad-domain", { d: "x".repeat(1_000_000) }],
    ["bad-domain", { d: "example.com%2e" }],
    ["bad-selector", { s: "../sel" }],
    ["bad-selector", { s: "a/b" }],
    ["bad-selector", { s: "a b" }],
    ["bad-selector", { s: '"sel"' }],
    ["bad-selector", { s: "sel." }],
    ["bad-selector", { s: ".sel" }],
    ["bad-selector", { s: "a..b" }],
    ["bad-selector", { s: "s\u00e9l" }],
    ["bad-selector", { s: latin1("s。l") }],
    ["bad-selector", { s: "a".repeat(64) }],
    ["bad-selector", { s: "a.".repeat(115) + "a" }],
    ["bad-selector", { s: "x".repeat(1_000_000) }],
    ["bad-header-list", { h: "" }],
    ["bad-header-list", { h: ":" }],
    ["bad-header-list", { h: "From:" }],
    ["bad-header-list", { h: ":From" }],
    ["bad-header-list", { h: "From::To" }],
    ["bad-header-list", { h: "From: :To" }],
    ["bad-header-list", { h: "From To" }],
    ["bad-header-list", { h: "From:T\r\n o" }],
    ["bad-header-list", { h: "From:\xc3\xa9" }],
    ["from-not-signed", { h: "To:Subject" }],
    ["from-not-signed", { h: "X-From:Fromage" }],
    ["bad-query", { q: "dns" }],
    ["bad-query", { q: "other" }],
    ["bad-query", { q: "dns/txt:" }],
    ["bad-query", { q: "dns /txt" }],
    ["bad-query", { q: "xdns/txt" }],
    ["bad-timestamp", { t: "-1" }],
    ["bad-timestamp", { t: "+1" }],
    ["bad-timestamp", { t: "0x10" }],
    ["bad-timestamp", { t: "1e3" }],
    ["bad-timestamp", { t: "1.0" }],
    ["bad-timestamp", { t: "1 0" }],
    ["bad-timestamp", { t: "1000000000000" }],
    ["bad-timestamp", { t: "9".repeat(1_000_000) }],
    ["bad-timestamp", { t: latin1("١") }],
    ["bad-expiration", { x: "-1" }],
    ["bad-expiration", { x: "Infinity" }],
    ["bad-expiration", { x: "1\r\n 0" }],
    ["bad-expiration", { x: "1000000000000" }],
    ["expires-before-signed", { t: "10", x: "10" }],
    ["expires-before-signed", { t: "10", x: "9" }],
    ["bad-body-length", { l: "-1" }],
    ["bad-body-length", { l: "abc" }],
    ["bad-body-length", { l: "1 0" }],
    ["bad-body-length", { l: "0b1" }],
    ["bad-body-length", { l: "9".repeat(77) }],
    ["bad-base64", { b: "" }],
    ["bad-base64", { bh: "" }],
    ["bad-base64", { b: "AAA" }],
    ["bad-base64", { b: "AB==" }],
    ["bad-base64", { b: "AA==AAAA" }],
    ["bad-base64", { b: "AAAA?" }],
    ["bad-body-hash", { bh: HASH.slice(0, -1) }],
    ["bad-body-hash", { bh: HASH + HASH }],
    ["bad-body-hash", { bh: HASH.replace("U=", "V=") }],
    ["body-hash-length", { bh: "AAAA" }],
    ["body-hash-length", { bh: "2jmj7l5rSw0yVb/vlWAYkK/YBwk=" }],
    ["body-hash-length", { a: "rsa-sha1" }],
    ["bad-copied-fields", { z: "From" }],
    ["bad-copied-fields", { z: "From:a|" }],
    ["bad-copied-fields", { z: "|From:a" }],
    ["bad-copied-fields", { z: "From:a=4" }],
    ["bad-copied-fields", { z: "Fr\xe9m:a" }],
    ["bad-copied-fields", { z: ":a" }],
    ["syntax", { b: "AAAA\0" }],
    ["syntax", { d: "example.com\r\nX: y" }],
    ["too-many-tags", Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`t${n}`, "1"]))],
  ])("%s: %o", (code, changes) => {
    expect(codeOf(value(changes))).toBe(code);
  });

  test.each(["d", "b", "h", "unknown"])("a second %s= is refused", (name) => {
    expect(codeOf(`${value({ unknown: "1" })}; ${name}=example.com`)).toBe("duplicate-tag");
  });

  test("empty tags are refused", () => {
    expect(codeOf(value().replace("; ", ";; "))).toBe("empty-tag");
  });
});

describe("i=, the identity (RFC 6376 3.5, RFC 8616 5)", () => {
  test.each([
    ["@example.com", "@example.com", "example.com"],
    ["joe@example.com", "joe@example.com", "example.com"],
    ["@sub.example.com", "@sub.example.com", "sub.example.com"],
    ["joe@A.B.Example.COM", "joe@A.B.Example.COM", "a.b.example.com"],
    ["a=3Db@example.com", "a=b@example.com", "example.com"],
    ["=22a=40b=22@example.com", '"a@b"@example.com', "example.com"],
    ["a@ex=41mple=2Ecom", "a@exAmple.com", "example.com"],
    ["joe\r\n @\r\n example.com", "joe@example.com", "example.com"],
    ['""@example.com', '""@example.com', "example.com"],
    ['"a@b"@example.com', '"a@b"@example.com', "example.com"],
    ['"a\\"=20b"@example.com', '"a\\" b"@example.com', "example.com"],
    [latin1("møx@example.com"), "møx@example.com", "example.com"],
    ["m=C3=B8x@example.com", "møx@example.com", "example.com"],
    [latin1("a@bücher.example.com"), "a@bücher.example.com", "xn--bcher-kva.example.com"],
  ])("%j is %j at %s", (i, identity, identityDomain) => {
    expect(parsed(value({ i }))).toMatchObject({ identity, identityDomain });
  });

  test.each([
    "verp-bob=40example.net-=-x@example.com",
    "a=4=@example.com",
    "a=0D=0Ab@example.com",
    "a=20b@example.com",
    "a=FF@example.com",
    '"a=22@example.org"@example.com',
    '"a=0A"@example.com',
  ])("a local part that decodes to none stays as given: %s", (i) => {
    expect(parsed(value({ i }))).toMatchObject({ identity: i, identityDomain: "example.com" });
  });

  test("U-labels in d= and s= are read as A-labels (RFC 8616 5)", () => {
    expect(
      parsed(
        value({
          d: latin1("Bücher.Example"),
          s: latin1("schlüssel"),
          i: latin1("@bücher.example"),
        }),
      ),
    ).toMatchObject({
      domain: "xn--bcher-kva.example",
      selector: "xn--schlssel-95a",
      identity: "@bücher.example",
      identityDomain: "xn--bcher-kva.example",
    });
  });

  test("a U-label in i= is compared with the A-label of d=", () => {
    const signature = parsed(value({ d: "xn--bcher-kva.example", i: latin1("a@Bücher.example") }));
    expect(signature.identityDomain).toBe("xn--bcher-kva.example");
  });

  test.each([
    ["identity-mismatch", "@evil-example.com"],
    ["identity-mismatch", "@evilexample.com"],
    ["identity-mismatch", "@example.com.evil.com"],
    ["identity-mismatch", "@example.org"],
    ["identity-mismatch", "@com"],
    ["identity-mismatch", '"a@example.com"@evil.com'],
    ["bad-identity", "a@example.com@evil.com"],
    ["bad-identity", "a@evil.com@example.com"],
    ["bad-identity", "example.com"],
    ["bad-identity", "joe"],
    ["bad-identity", "joe@"],
    ["bad-identity", "@"],
    ["bad-identity", "@.example.com"],
    ["bad-identity", "@example.com."],
    ["bad-identity", "@example..com"],
    ["bad-identity", "a=@b@example.com"],
    ["bad-identity", "=22a@evil.com=22@example.com"],
    ["bad-identity", "a@evil.com=40example.com"],
    ["bad-identity", "@example.com=00"],
    ["bad-identity", "@example.com="],
    ["identity-mismatch", "a=40example.com@evil.com"],
    ["bad-identity", "<a>@example.com"],
    ["bad-identity", 'a"b"@example.com'],
    ["bad-identity", '"a"b@example.com'],
    ["bad-identity", '"a@example.com'],
    ["bad-identity", '"a\\"@example.com'],
    ["bad-identity", "\xff@example.com"],
    ["bad-identity", `@${"a".repeat(1_000_000)}`],
    ["bad-identity", "a".repeat(1_000_000)],
  ])("%s: %s", (code, i) => {
    expect(codeOf(value({ i }))).toBe(code);
  });
});

describe("the claims of a refused signature", () => {
  test("are reported as written", () => {
    expect(parseSignature(value({ b: "?", i: latin1("ä@x.example"), c: "a\r\n b" }))).toMatchObject(
      {
        ok: false,
        partial: {
          domain: "example.com",
          selector: "sel",
          algorithm: "rsa-sha256",
          identity: "ä@x.example",
          canonicalization: "a b",
        },
      },
    );
  });

  test("are left out if absent, empty or absurdly long", () => {
    const read = parseSignature(value({ d: "x".repeat(321), s: "", i: undefined, c: undefined }));
    expect(read).toMatchObject({ ok: false, partial: { algorithm: "rsa-sha256" } });
    expect(read.ok ? [] : Object.keys(read.partial)).toEqual(["algorithm"]);
  });
});

describe("hostile text", () => {
  test("never throws, whatever one tag holds", () => {
    const junk = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string({
        unit: fc.constantFrom("=", "@", ":", "|", "/", '"', "\\", " ", "\r\n ", "a", "4"),
      }),
    );
    fc.assert(
      fc.property(fc.constantFrom(..."vacdshilqtxzb", "bh"), junk, (name, text) => {
        expect(codeOf(value({ [name]: text }))).toMatch(/^[a-z0-9-]+$/);
      }),
      { numRuns: 1000 },
    );
  });

  test("never throws, whatever the whole text is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(codeOf(text)).toMatch(/^[a-z0-9-]+$/);
      }),
    );
  });

  test.each([
    ["h=", { h: `from${":a".repeat(500_000)}` }, "ok"],
    ["blanks in h=", { h: `from${" ".repeat(1_000_000)}:a` }, "ok"],
    ["folding in b=", { b: "AAAA\r\n ".repeat(150_000) }, "ok"],
    ["z=", { z: "a:=20|".repeat(170_000) + "a:" }, "ok"],
    ["z= without colons", { z: "|".repeat(1_000_000) }, "bad-copied-fields"],
    ["q=", { q: "dns/txt:".repeat(120_000) + "x" }, "ok"],
    ["quotes in i=", { i: `"${"\\a".repeat(500_000)}"@example.com` }, "ok"],
    ["an unknown tag", { unknown: "a ".repeat(500_000) }, "ok"],
  ])("1 MB of %s is read in one pass", (_what, changes, code) => {
    expect(codeOf(value(changes))).toBe(code);
  });
});
