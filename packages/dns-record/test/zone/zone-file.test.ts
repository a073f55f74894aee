import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseZone, type StaticAnswer, zoneFromJson } from "../../src/index.ts";

function entriesOf(text: string, origin?: string): Record<string, StaticAnswer> {
  const zone = parseZone(text, origin === undefined ? {} : { origin });
  expect(zone.problems).toEqual([]);
  return Object.fromEntries(zone.entries);
}

describe("RFC 1035 5.1", () => {
  const cases: readonly (readonly [string, string, Record<string, StaticAnswer>])[] = [
    ["nothing", "", {}],
    ["comments and blank lines", "; a\n\n  ; b\n\t\n", {}],
    ["a quoted string", 'A.B. TXT "x y"', { "a.b": ["x y"] }],
    ["bare strings", "a.b. TXT x y", { "a.b": ["xy"] }],
    ["strings joined without anything between", 'a.b. TXT "x " "y"', { "a.b": ["x y"] }],
    ["strings without a space between", 'a.b. TXT "x""y"z', { "a.b": ["xyz"] }],
    ["an empty string", 'a.b. TXT ""', { "a.b": [""] }],
    ["TTL and class in any order", 'a. 60 IN TXT "x"\nb. IN 1h30m TXT "y"', { a: ["x"], b: ["y"] }],
    ["lower case", 'a. in txt "x"', { a: ["x"] }],
    ["several records at one name", 'a. TXT "x"\nA. TXT "y"', { a: ["x", "y"] }],
    [
      "the owner of the line before",
      'a. TXT "x"\n   TXT "y"\n\tIN TXT "z"',
      { a: ["x", "y", "z"] },
    ],
    ["an owner that looks like a type", 'TXT TXT "x"', { txt: ["x"] }],
    [
      "parentheses over lines",
      'a. IN TXT ( "x" ; first\n "y"\n\t) ; end\nb. TXT z',
      { a: ["xy"], b: ["z"] },
    ],
    ["a semicolon in quotes is text", 'a. TXT "v=DKIM1; p=" ; note', { a: ["v=DKIM1; p="] }],
    ["a bare semicolon begins a comment", "a. TXT v=DKIM1; p=", { a: ["v=DKIM1"] }],
    ["escaped semicolons", "a. TXT v=DKIM1\\;p=", { a: ["v=DKIM1;p="] }],
    ["escaped quotes and octets", 'a. TXT "\\"\\\\\\000\\255\\a"', { a: ['"\\\u0000\u00ffa'] }],
    ["UTF-8", 'a. TXT "ü\\ü"', { a: ["\u00c3\u00bc\u00c3\u00bc"] }],
    ["CRLF", 'a. TXT "x"\r\nb. TXT "y"\r\n', { a: ["x"], b: ["y"] }],
    [
      "$ORIGIN and relative names",
      '$ORIGIN Example.com.\n@ TXT "x"\ns._domainkey TXT "y"',
      { "example.com": ["x"], "s._domainkey.example.com": ["y"] },
    ],
    ["a relative $ORIGIN", "$ORIGIN com.\n$ORIGIN example\na TXT x", { "a.example.com": ["x"] }],
    ["$TTL", "$TTL 1h\na. TXT x", { a: ["x"] }],
    [
      "CNAME",
      "$ORIGIN b.\na CNAME c\nd CNAME e.\nf CNAME @",
      { "a.b": { cname: "c.b" }, "d.b": { cname: "e" }, "f.b": { cname: "b" } },
    ],
    [
      "other types make the name exist",
      "a. IN SOA b. c. 1 2 3 4 5\na. MX 10 b.\nc. A 192.0.2.1\nc. TXT x",
      { a: [], c: ["x"] },
    ],
    [
      "names of object properties",
      "__proto__. TXT x\nconstructor. TXT y",
      Object.fromEntries([
        ["__proto__", ["x"]],
        ["constructor", ["y"]],
      ]),
    ],
  ];
  test.each(cases)("%s", (_, text, entries) => {
    expect(entriesOf(text)).toEqual(entries);
  });

  test("names are relative to the origin given, else to the root", () => {
    expect(entriesOf("a TXT x", "Example.com.")).toEqual({ "a.example.com": ["x"] });
    expect(entriesOf("a.example.com TXT x")).toEqual({ "a.example.com": ["x"] });
  });
});

describe("problems", () => {
  const cases: readonly (readonly [string, string, number, RegExp])[] = [
    ["an open quote", 'a. TXT x\nb. TXT "y\nc. TXT z', 2, /quote/],
    ["an open parenthesis", 'a. TXT x\nb. TXT ( "y"\nc. TXT z', 2, /"\("/],
    ["a parenthesis too much", "a. TXT x )", 1, /"\)"/],
    ["no type", "a. 60 IN", 1, /type/],
    ["a quoted type", 'a. "TXT" x', 1, /type/],
    ["no string", "a. TXT", 1, /string/],
    ["no owner", "  TXT x", 1, /owner/],
    ["no name", "$ORIGIN", 1, /ORIGIN/],
    ["$INCLUDE", "$INCLUDE other", 1, /directive/],
    ["a CNAME beside a TXT", "a. TXT x\na. CNAME b.", 2, /beside/],
    ["a TXT beside a CNAME", "a. CNAME b.\na. TXT x", 2, /beside/],
    ["two names", "a. CNAME b. c.", 1, /CNAME/],
    ["a string of 256 octets", `a. TXT "${"x".repeat(256)}"`, 1, /255/],
    ["JSON", '{"a": ["x"]}', 1, /type/],
  ];
  test.each(cases)("%s", (_, text, line, reason) => {
    expect(parseZone(text).problems).toEqual([{ line, reason: expect.stringMatching(reason) }]);
  });

  test("the rest of the zone stands", () => {
    expect([...parseZone('a. TXT x\nb. TXT "y\nc. TXT z').entries.keys()]).toEqual(["a", "c"]);
  });

  test("at most 100 are told", () => {
    expect(parseZone("$X\n".repeat(1000)).problems.length).toBe(100);
  });
});

test("a zone goes through JSON", () => {
  const text = fc.string({ unit: "grapheme" });
  const answers = fc.oneof(
    fc.array(text),
    fc.constantFrom({ error: "servfail" }, { error: "timeout" }, { error: "nxdomain" }),
    fc.constantFrom({ cname: "a" }, { cname: "b.c" }),
  );
  const zones = fc.dictionary(fc.stringMatching(/^[a-z_]([a-z_.]{0,8}[a-z_])?$/), answers);
  fc.assert(
    fc.property(zones, (zone) => {
      const read = zoneFromJson(zone);
      expect(JSON.parse(JSON.stringify(read))).toEqual(JSON.parse(JSON.stringify(zone)));
      expect(zoneFromJson(JSON.parse(JSON.stringify(read))).entries).toEqual(read.entries);
    }),
  );
});

test("any text is read without a throw", () => {
  const pieces = fc.constantFrom(
    "a.",
    " ",
    "\n",
    "TXT",
    "CNAME",
    '"',
    "\\",
    "(",
    ")",
    ";",
    "$ORIGIN",
    "@",
    "\\300",
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(pieces, fc.string({ unit: "binary" }))), (parts) => {
      const zone = parseZone(parts.join(""));
      for (const [name] of zone.entries) expect(name).toBe(name.toLowerCase());
    }),
  );
});
