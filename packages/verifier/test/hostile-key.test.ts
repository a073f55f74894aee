import { createPublicKey } from "node:crypto";
import { generateKey } from "@mailseal/crypto";
import { keySource, type TxtAnswer } from "@mailseal/dns-record";
import { describe, expect, test } from "vitest";
import { verify, type VerifyOptions } from "../src/index.ts";
import { defaultTags, edKey, handSign, keysFrom, recordOf, rsaKey } from "./support/hand-sign.ts";
import { now, verdictOf } from "./support/verdict-of.ts";

const name = "sel._domainkey.example.com";
const rsaTags = defaultTags.replace("ed25519", "rsa");
const rsaSigned = handSign({ tags: rsaTags, key: rsaKey, algorithm: "rsa-sha256" });

/** The verdict with these key records published and no others. */
function verdictWith(zone: object, message: string, options: Partial<VerifyOptions> = {}) {
  return verdictOf(message, { keys: keysFrom(zone as Record<string, unknown>), ...options });
}

/** A key record of an RSA key with these numbers, whatever they are worth. */
function rsaRecord(modulus: Uint8Array, exponent: Uint8Array): string {
  const jwk = {
    kty: "RSA",
    n: Buffer.from(modulus).toString("base64url"),
    e: Buffer.from(exponent).toString("base64url"),
  };
  const spki = createPublicKey({ key: jwk, format: "jwk" }).export({ type: "spki", format: "der" });
  return `v=DKIM1; k=rsa; p=${spki.toString("base64")}`;
}

describe("sizes of RSA keys (RFC 8301 3.2)", () => {
  const sizes: readonly (readonly [number, string])[] = [
    [512, "policy"],
    [768, "policy"],
    [1024, "pass"],
    [2048, "pass"],
  ];
  test.each(sizes)("%i bits", async (bits, result) => {
    const key = generateKey({ type: "rsa", bits });
    const message = handSign({ tags: rsaTags, key, algorithm: "rsa-sha256" });
    const zone = { [name]: [recordOf(key)] };
    expect(await verdictWith(zone, message)).toMatchObject({ result, keyBits: bits });
    expect(await verdictWith(zone, message, { minimumRsaBits: 512 })).toMatchObject({
      result: "pass",
    });
    expect(await verdictWith(zone, message.replace("nine", "ten"))).toMatchObject({
      result: "fail",
    });
  });
  const modulus = (octets: number): Uint8Array => Buffer.alloc(octets, 0xc5);
  const unusable: readonly (readonly [string, Uint8Array, readonly number[]])[] = [
    ["504 bits", modulus(63), [1, 0, 1]],
    ["8200 bits", modulus(1025), [1, 0, 1]],
    ["16384 bits", modulus(2048), [1, 0, 1]],
    ["e=1, with which anybody signs", modulus(128), [1]],
    ["an even exponent", modulus(128), [4]],
    ["an exponent of 72 bits", modulus(128), [1, 0, 0, 0, 0, 0, 0, 0, 1]],
    ["an exponent as long as the modulus", modulus(128), Array.from({ length: 127 }, () => 0xff)],
  ];
  test.each(unusable)("%s", async (_, n, exponent) => {
    const zone = { [name]: [rsaRecord(n, Uint8Array.from(exponent))] };
    expect(await verdictWith(zone, rsaSigned)).toMatchObject({
      result: "permerror",
      code: "key-unusable",
      signature: "none",
    });
  });
});

describe("key records", () => {
  const good = recordOf(edKey);
  const cases: readonly (readonly [string, readonly string[], string])[] = [
    ["p= with data after the padding", [`${good}AAAA`], "key-malformed"],
    ["p= without padding", [good.replace(/=$/, "")], "key-malformed"],
    ["p= in another case", [good.replace("p=", "P=")], "key-malformed"],
    ["v= in another case", [good.replace("v=", "V=")], "pass"],
    ["v=DKIM2", [good.replace("DKIM1", "DKIM2")], "key-malformed"],
    ["v= that is not first", [good.replace("v=DKIM1; ", "").concat("; v=DKIM1")], "key-malformed"],
    ["p= twice", [`${good}; p=`], "key-malformed"],
    ["names of prototypes", [`${good}; __proto__=a`], "key-malformed"],
    ["further names of prototypes", [`${good}; constructor=a; toString=b`], "pass"],
    ["k= of a prototype", [good.replace("k=ed25519", "k=__proto__")], "key-type-mismatch"],
    ["h= empty", [good.replace("; p=", "; h=; p=")], "key-hash-not-allowed"],
    ["h= of sha1 and sha256", [good.replace("; p=", "; h=sha1:sha256; p=")], "pass"],
    ["s= empty", [good.replace("; p=", "; s=; p=")], "key-service-not-allowed"],
    ["s= with email among others", [good.replace("; p=", "; s=other:email; p=")], "pass"],
    [
      "a point of small order",
      ["v=DKIM1; k=ed25519; p=".padEnd(65, "A").concat("=")],
      "key-unusable",
    ],
    ["too long", [`${good}; n=${"x".repeat(20_000)}`], "key-malformed"],
    [
      "the ninth of nine",
      [...Array.from({ length: 8 }, () => recordOf(rsaKey)), good],
      "key-type-mismatch",
    ],
    ["usable beside junk and a revoked one", ["v=spf1 -all", "", "v=DKIM1; p=", good], "pass"],
  ];
  test.each(cases)("%s", async (_, records, code) => {
    expect(await verdictWith({ [name]: records }, handSign())).toMatchObject({ code });
  });
  test("g= of old times, where no v= says that it is none", async () => {
    const old = good.replace("v=DKIM1; ", "g=bob; ");
    const tags = `${defaultTags}; i=ada@example.com`;
    expect(await verdictWith({ [name]: [old] }, handSign({ tags }))).toMatchObject({
      result: "permerror",
      code: "key-granularity",
    });
  });
});

describe("CNAMEs", () => {
  const chain = (length: number): object =>
    Object.fromEntries([
      [name, { cname: "c1.example.net" }],
      ...Array.from({ length }, (_, index) => [
        `c${index + 1}.example.net`,
        index + 1 === length ? [recordOf(edKey)] : { cname: `c${index + 2}.example.net` },
      ]),
    ]);
  test.each([
    ["a chain", chain(8), "pass"],
    ["a chain too long", chain(9), "temperror"],
    ["a loop", { [name]: { cname: name } }, "temperror"],
    ["to nothing", { [name]: { cname: "nothing.example.net" } }, "permerror"],
  ])("%s", async (_, zone, result) => {
    expect(await verdictWith(zone, handSign())).toMatchObject({ result });
  });
});

describe("what reaches DNS", () => {
  async function asked(message: string): Promise<readonly string[]> {
    const names: string[] = [];
    const resolveTxt = async (owner: string): Promise<TxtAnswer> => {
      names.push(owner);
      return { status: "nxdomain" };
    };
    const report = await verify(Buffer.from(message), { keys: keySource({ resolveTxt }), now });
    expect(report.signatures).toMatchObject([{ result: "permerror" }]);
    return names;
  }
  const altered = (tag: string, value: string): string =>
    handSign({ tags: defaultTags.replace(new RegExp(`\\b${tag}=[^;]+`), () => `${tag}=${value}`) });

  test("an ordinary name, in lower case, and those of prototypes", async () => {
    expect(await asked(handSign())).toEqual([name]);
    expect(await asked(altered("d", "constructor.__proto__"))).toEqual([
      "sel._domainkey.constructor.__proto__",
    ]);
    expect(await asked(altered("s", "__proto__"))).toEqual(["__proto__._domainkey.example.com"]);
  });
  const labels = `${"a".repeat(63)}.`.repeat(4);
  const values: readonly string[] = [
    "../../etc/passwd",
    "..",
    ".",
    "a..b.example",
    ".example.com",
    "example.com.",
    '"example.com"',
    "'example.com'",
    "example .com",
    "exa\tmple.com",
    "exam\r\n ple.com",
    "xn--bücher.example",
    "ex\u200dample.com",
    "example\u3002com",
    "exa\0mple.com",
    "exa\u0001mple.com",
    "exa\u007fmple.com",
    "example.com:53",
    "example.com/",
    "ex\\046ample.com",
    "ex%41mple.com",
    "*.example.com",
    "-a.example.com",
    "<example.com>",
    "a@example.com",
    "example.com,example.net",
    labels,
    `${labels}com`,
  ];
  test.each(values)("never d=%j", async (value) => {
    expect(await asked(altered("d", value))).toEqual([]);
  });
  test.each(values)("never s=%j", async (value) => {
    expect(await asked(altered("s", value))).toEqual([]);
  });
});
