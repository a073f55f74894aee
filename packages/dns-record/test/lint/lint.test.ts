import { generateKey, type PrivateKey } from "@mailseal/crypto";
import { encodeBase64 } from "@mailseal/syntax";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatKeyRecord, lintKeyRecord, type PublishedRecord } from "../../src/index.ts";
import { craftedRsa, edKey, edRecord, rsaKey, rsaRecord } from "../keys.ts";

function codes(published: string | readonly PublishedRecord[]): readonly string[] {
  return lintKeyRecord(published).map(({ level, code }) => `${level} ${code}`);
}

const rsa = (bits: number): string => `v=DKIM1; k=rsa; p=${craftedRsa(bits, 3)}`;
const rsaKeyText = rsaRecord.slice(rsaRecord.indexOf("p=") + 2);
const edKeyText = edRecord.slice(edRecord.indexOf("p=") + 2);

/** The base64 of a private key's PKCS#8, without its PEM lines. */
function pkcs8(key: PrivateKey): string {
  return key.toPem().replaceAll(/-----[^-]+-----|\s/g, "");
}
const edSeedAndPublic = Buffer.concat([
  Buffer.from(pkcs8(edKey), "base64").subarray(-32),
  edKey.publicKey.toRecordBytes(),
]).toString("base64");

test("a good record needs no advice", () => {
  expect(lintKeyRecord(rsaRecord)).toEqual([]);
  expect(lintKeyRecord(edRecord)).toEqual([]);
  expect(lintKeyRecord([rsaRecord])).toEqual([]);
  expect(lintKeyRecord([[rsaRecord.slice(0, 255), rsaRecord.slice(255)]])).toEqual([]);
});

describe("the text", () => {
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    [
      "a no-break space",
      edRecord.replace("k=", "t=s\u00a0; k="),
      ["warning not-ascii", "note unknown-flag"],
    ],
    ["nothing", "", ["error not-a-key-record"]],
    ["something else", "bogus", ["error not-a-key-record"]],
    ["an SPF record", "v=spf1 -all", ["error bad-version"]],
    ["quotes around it", `"${edRecord}"`, ["error quotes", "error not-a-key-record"]],
    ["quotes inside", edRecord.replace("k=", 'k="'), ["error quotes", "error unknown-key-type"]],
    [
      "escaped semicolons",
      edRecord.replaceAll(";", "\\;"),
      ["error backslash", "error bad-version"],
    ],
    ["quotes and backslashes in notes", `v=DKIM1; n="\\"; k=ed25519; p=${edKeyText}`, []],
    [
      "no semicolon after v=",
      edRecord.replace("v=DKIM1;", "v=DKIM1"),
      ["error missing-semicolon", "error bad-version"],
    ],
    [
      "no semicolon after k=",
      edRecord.replace("k=ed25519;", "k=ed25519"),
      ["error missing-semicolon", "error missing-public-key"],
    ],
    [
      "no semicolon after p=",
      `v=DKIM1; p=${edKeyText} k=ed25519`,
      ["error missing-semicolon", "error bad-base64"],
    ],
    ["a doubled semicolon", edRecord.replace("; k", ";; k"), ["warning empty-tag"]],
    [
      "an empty item",
      edRecord.replace("; p", "; s=email:; p"),
      ["warning empty-list-item", "note service-restricted"],
    ],
    [
      "names in upper case",
      edRecord.replace("p=", "P="),
      ["error tag-case", "error missing-public-key"],
    ],
    ["an unknown tag", `${edRecord}; x=1`, ["note unknown-tag"]],
    ["a tag twice", `${edRecord}; k=rsa`, ["error duplicate-tag"]],
    ["no v=", edRecord.replace("v=DKIM1; ", ""), ["warning version-missing"]],
    ["v= second", `k=ed25519; v=DKIM1; p=${edKeyText}`, ["error bad-version"]],
    ["no p=", "v=DKIM1; k=rsa", ["error missing-public-key"]],
    ["more than 16 KiB", `${edRecord}; n=${"x".repeat(1 << 20)}`, ["error record-too-long"]],
    ["10,000 tags", "a=;".repeat(4000), ["error duplicate-tag", "note unknown-tag"]],
  ];
  test.each(cases)("%s", (_, text, expected) => {
    expect(codes(text)).toEqual(expected);
  });
});

describe("what the tags say", () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["t=y", ["warning testing"]],
    ["t=s", ["note no-subdomains"]],
    ["t=y:s:z", ["warning testing", "note no-subdomains", "note unknown-flag"]],
    ["h=sha256", []],
    ["h=sha1:sha256", ["warning sha1-listed"]],
    ["h=sha1", ["error sha1-only"]],
    ["h=sha3", ["error no-usable-hash"]],
    ["s=*", []],
    ["s=email", ["note service-restricted"]],
    ["s=tlsrpt", ["error service-excludes-mail"]],
    ["g=", ["warning granularity-obsolete"]],
    ["g=*", ["warning granularity-obsolete"]],
  ];
  test.each(cases)("%s", (tag, expected) => {
    expect(codes(edRecord.replace("; p=", `; ${tag}; p=`))).toEqual(expected);
  });
});

describe("the key", () => {
  const pkcs1 = encodeBase64(rsaKey.publicKey.toPkcs1());
  const edSpki = encodeBase64(edKey.publicKey.toSpki());
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    ["revoked", "v=DKIM1; p=", ["warning revoked"]],
    ["512 bits", rsa(512), ["error key-too-short"]],
    ["1016 bits", rsa(1016), ["error key-too-short"]],
    ["1024 bits", rsa(1024), ["warning key-short"]],
    ["2048 bits", rsa(2048), []],
    ["4096 bits", rsa(4096), []],
    ["8192 bits", rsa(8192), ["note key-long"]],
    ["16384 bits", rsa(16_384), ["error key-unusable"]],
    ["an exponent of 1", `v=DKIM1; p=${craftedRsa(2048, 1)}`, ["error key-unusable"]],
    ["no key", "v=DKIM1; p=AAAA", ["error key-unusable"]],
    ["PKCS#1", `v=DKIM1; p=${pkcs1}`, ["note key-pkcs1"]],
    ["Ed25519 where k= defaults to rsa", `v=DKIM1; p=${edKeyText}`, ["error key-type-wrong"]],
    ["RSA where k= says ed25519", `v=DKIM1; k=ed25519; p=${rsaKeyText}`, ["error key-type-wrong"]],
    ["a private RSA key", `v=DKIM1; k=rsa; p=${pkcs8(rsaKey)}`, ["error private-key"]],
    ["a private Ed25519 key", `v=DKIM1; k=ed25519; p=${pkcs8(edKey)}`, ["error private-key"]],
    ["a private key of another type", `v=DKIM1; k=rsa; p=${pkcs8(edKey)}`, ["error private-key"]],
    [
      "an Ed25519 seed and its public key",
      `v=DKIM1; k=ed25519; p=${edSeedAndPublic}`,
      ["error private-key"],
    ],
    [
      "a private key with its PEM lines",
      `v=DKIM1; k=rsa; p=${rsaKey.toPem().replaceAll("\n", "")}`,
      ["error private-key", "error bad-base64"],
    ],
    [
      "quotation marks",
      rsaRecord.replace(/p=(.{40})(.*)$/, 'p="$1" "$2"'),
      ["warning quotes-in-key", "warning white-space-in-key"],
    ],
    ["a line feed before p=", rsaRecord.replace(" p=", "\np="), ["warning line-break"]],
    ["Ed25519 in SPKI", `v=DKIM1; k=ed25519; p=${edSpki}`, ["warning key-not-raw"]],
    ["an unknown type", `v=DKIM1; k=RSA; p=${rsaKeyText}`, ["error unknown-key-type"]],
    [
      "white space inside",
      edRecord.replace("p=", "p=").replace(/(.{20})$/, " $1"),
      ["warning white-space-in-key"],
    ],
  ];
  test.each(cases)("%s", (_, text, expected) => {
    expect(codes(text)).toEqual(expected);
  });
});

describe("as published", () => {
  const cases: readonly (readonly [string, readonly PublishedRecord[], readonly string[]])[] = [
    ["no record", [], ["error no-record"]],
    ["no record that is one", ["v=spf1 -all", "bogus"], ["error bad-version"]],
    ["another record beside it", ["v=spf1 -all", edRecord], ["warning other-record"]],
    ["two key records", [edRecord, rsaRecord], ["error several-records"]],
    ["a string of 256 octets", [[`${edRecord}; n=${"x".repeat(300)}`]], ["error string-too-long"]],
    [
      "a space at the edge of a string",
      [[edRecord.slice(0, 40), ` ${edRecord.slice(40)}`]],
      ["warning white-space-in-key"],
    ],
    ["very many strings", [Array.from({ length: 200_000 }, () => "x")], ["error record-too-long"]],
  ];
  test.each(cases)("%s", (_, published, expected) => {
    expect(codes(published)).toEqual(expected);
  });
});

test("errors come first, then warnings, then notes", () => {
  const levels = lintKeyRecord(`k=rsa; x=; t=y; p=${craftedRsa(512, 3)}`).map(({ level }) => level);
  expect(levels).toEqual(["error", "warning", "warning", "note"]);
});

test("message and advice are sentences", () => {
  const weak = formatKeyRecord(generateKey({ type: "rsa", bits: 1024 }).publicKey, {
    flags: ["y", "s"],
  });
  const all = [weak, "bogus", "v=DKIM1", rsa(512), "v=DKIM1; k=x; p=AAAA; h=sha1; s=x; g="].flatMap(
    (text) => lintKeyRecord(text),
  );
  expect(all.length).toBeGreaterThanOrEqual(10);
  for (const { message, advice } of all) {
    expect(message).toMatch(/^(?:[A-Z]|g=|p=|h=|t=).*\.$/);
    expect(advice).toMatch(/^[A-Z].*\.$/);
  }
});

test("any text gets advice without a throw", () => {
  const pieces = fc.oneof(
    fc.constantFrom(
      "v=DKIM1",
      "p=",
      edKeyText,
      rsaKeyText,
      ";",
      "=",
      " ",
      "\\",
      '"',
      "t=",
      "h=",
      "k=",
    ),
    fc.string({ unit: "binary" }),
  );
  const text = fc.array(pieces).map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.oneof(text, fc.array(fc.oneof(text, fc.array(text)))), (published) => {
      for (const { message, advice } of lintKeyRecord(published)) {
        expect(message.length + advice.length).toBeLessThan(1000);
      }
    }),
  );
});
