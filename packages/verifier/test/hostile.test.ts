import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Verification, verify } from "../src/index.ts";
import { defaultTags, handSign, keysFrom, noLookups } from "./support/hand-sign.ts";
import { now, verdictOf } from "./support/verdict-of.ts";

const base = "v=1; a=ed25519-sha256; c=relaxed/relaxed; d=example.com; s=sel";

describe("fields that are honestly signed but not lawful", () => {
  const long = `${"a".repeat(60)}.`.repeat(5);
  const cases: readonly (readonly [string, string])[] = [
    ["duplicate tag", `${base}; d=example.com`],
    ["empty tag", base.replace("; d=", ";; d=")],
    ["tag without name", `${base}; =x`],
    ["tag without =", `${base}; foo`],
    ["empty c=", base.replace("c=relaxed/relaxed", "c=")],
    ["c= with three parts", base.replace("relaxed/relaxed", "relaxed/relaxed/relaxed")],
    ["c= with white space", base.replace("relaxed/relaxed", "relaxed / relaxed")],
    ["unknown c=", base.replace("relaxed/relaxed", "nofws")],
    ["wrong-case d", base.replace("d=", "D=")],
    ["wrong-case v", base.replace("v=", "V=")],
    ["no v=", base.replace("v=1; ", "")],
    ["wrong-case a", base.replace("a=", "A=")],
    ["wrong-case s", base.replace("s=sel", "S=sel")],
    ["v=2", base.replace("v=1", "v=2")],
    ["v=01", base.replace("v=1", "v=01")],
    ["t= negative", `${base}; t=-1`],
    ["t= hexadecimal", `${base}; t=0x10`],
    ["t= fractional", `${base}; t=1.5`],
    ["t= exponent", `${base}; t=1e9`],
    ["t= with sign", `${base}; t=+1`],
    ["t= of other digits", `${base}; t=１`],
    ["t= of 13 digits", `${base}; t=${"9".repeat(13)}`],
    ["t= with white space within", `${base}; t=17 67`],
    ["x= not a number", `${base}; x=never`],
    ["x= negative", `${base}; x=-1`],
    ["x= hexadecimal", `${base}; x=0x7fffffff`],
    ["x= fractional", `${base}; x=1767225600.5`],
    ["x= exponent", `${base}; x=1e12`],
    ["x= with sign", `${base}; x=+1767225600`],
    ["x= empty", `${base}; x=`],
    ["x= before t=", `${base}; t=100; x=99`],
    ["x= equal to t=", `${base}; t=100; x=100`],
    ["l= negative", `${base}; l=-1`],
    ["l= not a number", `${base}; l=abc`],
    ["l= hexadecimal", `${base}; l=0x1A`],
    ["l= fractional", `${base}; l=26.0`],
    ["l= exponent", `${base}; l=26e0`],
    ["l= with sign", `${base}; l=+26`],
    ["l= with white space within", `${base}; l=2 6`],
    ["l= with a unit", `${base}; l=26b`],
    ["l= empty", `${base}; l=`],
    ["l= of 77 digits", `${base}; l=${"9".repeat(77)}`],
    ["q= of another method", `${base}; q=http`],
    ["a= unknown", base.replace("ed25519-sha256", "ed25519-sha512")],
    ["a= of a prototype", base.replace("ed25519-sha256", "__proto__")],
    ["i= without @", `${base}; i=example.com`],
    ["i= of a look-alike", `${base}; i=@evil-example.com`],
    ["i= of another domain", `${base}; i=a@example.net`],
    ["i= above d=", base.replace("d=example.com", "d=mail.example.com; i=@example.com")],
    ["i= with d= as a prefix", `${base}; i=@example.com.example.net`],
    ["i= with d= in quotes", `${base}; i="a@example.com"@example.net`],
    ["i= with d= in an encoded @", `${base}; i=a@example.net=40example.com`],
    ["i= with a trailing dot", `${base}; i=@example.com.`],
    ["i= with an empty label", `${base}; i=@.example.com`],
    ["i= with a NUL", `${base}; i=@example.net=00.example.com`],
    ["i= with two @", `${base}; i=a@example.com@example.net`],
    ["d= with a path", base.replace("d=example.com", "d=../../etc/passwd")],
    ["d= with quotes", base.replace("d=example.com", 'd="example.com"')],
    ["d= with a space", base.replace("d=example.com", "d=exa mple.com")],
    ["d= with a trailing dot", base.replace("d=example.com", "d=example.com.")],
    ["d= with an empty label", base.replace("d=example.com", "d=example..com")],
    ["d= with a leading dot", base.replace("d=example.com", "d=.example.com")],
    ["d= empty", base.replace("d=example.com", "d=")],
    ["d= half A-label, half U-label", base.replace("d=example.com", "d=xn--bücher.example")],
    ["d= over 253 octets", base.replace("d=example.com", `d=${long}com`)],
    ["d= of one label", base.replace("d=example.com", "d=localhost")],
    ["d= of a prototype", base.replace("d=example.com", "d=__proto__")],
    ["d= with an escape", base.replace("d=example.com", "d=example%2ecom")],
    ["d= with a backslash", base.replace("d=example.com", "d=exam\\046ple.com")],
    ["d= with a port", base.replace("d=example.com", "d=example.com:53")],
    ["d= with another full stop", base.replace("d=example.com", "d=example。com")],
    ["d= with a NUL", base.replace("d=example.com", "d=example\0.com")],
    ["s= with a path", base.replace("s=sel", "s=../sel")],
    ["s= with quotes", base.replace("s=sel", "s='sel'")],
    ["s= with a space", base.replace("s=sel", "s=s el")],
    ["s= with a trailing dot", base.replace("s=sel", "s=sel.")],
    ["s= with an empty label", base.replace("s=sel", "s=sel..a")],
    ["s= with a slash", base.replace("s=sel", "s=sel/a")],
    ["s= that makes the name over 253 octets", base.replace("s=sel", `s=${long}a`)],
    ["s= with a wildcard", base.replace("s=sel", "s=*")],
    ["s= with a zero-width joiner", base.replace("s=sel", "s=s\u200dl")],
    ["s= over 63 octets a label", base.replace("s=sel", `s=${"s".repeat(64)}`)],
    ["s= empty", base.replace("s=sel", "s=")],
    ["a control byte in a value", `${base}; z=\u0001`],
    [
      "10,000 tags",
      `${base}${Array.from({ length: 10_000 }, (_, index) => `; t${index}=x`).join("")}`,
    ],
  ];
  test.each(cases)("%s", async (_, tags) => {
    const verdict = await verdictOf(handSign({ tags }), { keys: noLookups });
    expect(verdict).toMatchObject({ result: "permerror", trusted: false });
    expect(verdict?.code).toMatch(/^syntax:/);
  });

  const lists: readonly (readonly [string, string])[] = [
    ["empty h=", ""],
    ["h= without From", "to:subject"],
    ["h= with an empty name", "from::to"],
    ["h= with a control byte", "from:to\u0002"],
  ];
  test.each(lists)("%s", async (_, h) => {
    expect((await verdictOf(handSign({ h }), { keys: noLookups })).code).toMatch(/^syntax:/);
  });

  const encodings: readonly (readonly [string, (text: string) => string])[] = [
    ["b= with data after the padding", (text) => text.replace(/==\r\n/, "==AAAA\r\n")],
    ["b= with other pad bits", (text) => text.replace(/[AQgw]==\r\n/, "B==\r\n")],
    ["b= without padding", (text) => text.replace(/==\r\n/, "\r\n")],
    ["b= empty", (text) => text.replace(/ b=.*\r\n/, " b=\r\n")],
    ["b= of URL-safe base64", (text) => text.replace(/ b=..../, " b=_-_-")],
    ["bh= with data after the padding", (text) => text.replace(/(bh=.{43}=)/, "$1AAAA")],
    ["b= with a pad within", (text) => text.replace(/ b=..../, " b=AA=A")],
    ["bh= with other pad bits", (text) => text.replace(/bh=(.{42}).=/, "bh=$1B=")],
    ["bh= too short", (text) => text.replace(/bh=.{43}=/, "bh=AAAA")],
    ["bh= empty", (text) => text.replace(/bh=.{43}=/, "bh=")],
  ];
  test.each(encodings)("%s", async (_, alter) => {
    const altered = alter(handSign());
    expect(altered).not.toBe(handSign());
    expect((await verdictOf(altered, { keys: noLookups })).code).toMatch(/^syntax:/);
  });
});

describe("fields that are unusual but lawful", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["unknown tags", `${base}; foo=bar; X_1=`],
    ["names of prototypes", `${base}; constructor=a; toString=b; hasOwnProperty=c`],
    ["a trailing ;", `${base}`],
    [
      "folding wherever it may be",
      base.replaceAll("; ", "\r\n\t ;\r\n ").replaceAll("=", "\r\n =\r\n\t"),
    ],
    ["q= with several methods", `${base}; q=http:dns/txt`],
    ["i= in a subdomain", `${base}; i=a@b.c.example.com`],
    ["i= quoted-printable", `${base}; i=a=3Bb@example.com`],
    ["c= of one part", base.replace("relaxed/relaxed", "relaxed")],
    ["upper case in d= and s=", base.replace("example.com", "EXAMPLE.com").replace("sel", "SEL")],
  ];
  test.each(cases)("%s", async (name, tags) => {
    const canonicalization =
      name === "c= of one part" ? (["relaxed", "simple"] as const) : undefined;
    const message = handSign({
      tags,
      ...(canonicalization === undefined ? {} : { canonicalization }),
    });
    expect(await verdictOf(message)).toMatchObject({ result: "pass" });
  });
});

describe("anything", () => {
  test("any bytes verify to a report", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async (bytes) => {
        const report = await verify(bytes, { keys: keysFrom() });
        expect(report.signatures.every(({ result }) => result !== "pass")).toBe(true);
      }),
    );
  });
  test("any pieces of a message, any octets in it, give the verdict of the whole", async () => {
    const keys = keysFrom();
    const body = fc.array(fc.constantFrom("a", " ", "\r\n", "\r", "\n", "\0", "."), {
      maxLength: 30,
    });
    const cuts = fc.array(fc.nat(600), { maxLength: 8 });
    const edits = fc.array(fc.tuple(fc.nat(600), fc.nat(255)), { maxLength: 2 });
    await fc.assert(
      fc.asyncProperty(body, cuts, edits, async (text, at, edited) => {
        const message = Buffer.from(handSign({ body: text.join("") }));
        for (const [offset, octet] of edited) {
          message[offset] = octet;
        }
        const verification = new Verification({ keys, now });
        let from = 0;
        for (const to of [...at.toSorted((a, b) => a - b), message.length]) {
          verification.write(message.subarray(from, to));
          from = Math.min(to, message.length);
        }
        expect(await verification.finish()).toEqual(await verify(message, { keys, now }));
      }),
    );
  });
  test("any DKIM-Signature value gets a verdict", async () => {
    const piece = fc.constantFrom(
      "v=1",
      ";",
      "=",
      "a=",
      "rsa-sha256",
      "b=",
      "bh=",
      "h=from",
      "d=example.com",
      "s=sel",
      " ",
      "\r\n ",
      ":",
      "\0",
      "é",
      "=3D",
      "l=",
      "9",
      "q=",
      "z=",
      "|",
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 60 }), async (pieces) => {
        const verdict = await verdictOf(
          `DKIM-Signature:${pieces.join("")}\r\nFrom: a@example.com\r\n\r\n`,
        );
        expect(verdict?.result).toMatch(/^(permerror|fail)$/);
        expect(verdict?.reason).toMatch(/^[\x20-\x7e]+$/);
      }),
    );
  });
  test("any single bit of signed content that changes makes it fail", async () => {
    const message = Buffer.from(
      handSign({
        tags: `${defaultTags.replace("relaxed/relaxed", "simple/simple")}`,
        canonicalization: ["simple", "simple"],
      }),
    );
    expect(await verdictOf(message)).toMatchObject({ result: "pass" });
    const from = message.indexOf("From:");
    for (let bit = from * 8; bit < message.length * 8; bit++) {
      const altered = Buffer.from(message);
      altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const verdict = await verdictOf(altered);
      expect(verdict?.result, `bit ${bit}`).not.toBe("pass");
    }
  });
});
