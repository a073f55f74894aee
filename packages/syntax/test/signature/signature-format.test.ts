import { describe, expect, test } from "vitest";
import {
  type SignatureFieldTags,
  foldSignatureValue,
  formatSignatureField,
} from "../../src/signature/signature-format.ts";
import { encodeBase64 } from "../../src/text/base64.ts";
import type { FoldOptions } from "../../src/text/field-writer.ts";

const usual: SignatureFieldTags = {
  algorithm: "rsa-sha256",
  domain: "example.com",
  selector: "sel",
  headerCanonicalization: "relaxed",
  bodyCanonicalization: "simple",
  signedFields: ["From", "To", "Subject"],
  bodyHash: new Uint8Array(32).fill(255),
};

const columnOf = (field: string): number => field.length - (field.lastIndexOf("\n") + 1);

/** The field as the signer completes it. */
function completed(tags: SignatureFieldTags, signature: Uint8Array, options?: FoldOptions): string {
  const field = formatSignatureField(tags, options);
  return field + foldSignatureValue(encodeBase64(signature), columnOf(field), options);
}

function lines(field: string): readonly string[] {
  return field.split(/\r?\n/);
}

describe("layout", () => {
  test("a usual field", () => {
    expect(
      formatSignatureField({ ...usual, timestamp: 1_700_000_000, identity: "joe@sub.example.com" }),
    ).toBe(
      [
        "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/simple; d=example.com; s=sel;",
        " t=1700000000; i=joe@sub.example.com; h=From:To:Subject;",
        " bh=//////////////////////////////////////////8=; b=",
      ].join("\r\n"),
    );
  });

  test("every tag, in order", () => {
    const field = formatSignatureField(
      {
        ...usual,
        timestamp: 1,
        expiration: 2,
        queryMethods: ["dns/txt", "x"],
        identity: "@example.com",
        bodyLength: 3,
        copiedFields: [{ name: "From", value: " a|b" }],
        extraTags: [["r", "y z"]],
      },
      { width: 998 },
    );
    expect(field).toBe(
      "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/simple; d=example.com; s=sel; t=1; x=2;" +
        " q=dns/txt:x; i=@example.com; l=3; h=From:To:Subject;" +
        " bh=//////////////////////////////////////////8=; z=From:=20a=7Cb; r=y z; b=",
    );
  });

  test("LF for a message in Unix line endings", () => {
    const field = completed(usual, new Uint8Array(256), { lineEnding: "\n" });
    expect(field).toContain("\n ");
    expect(field).not.toContain("\r");
  });

  test("h= breaks after a colon, never within a name", () => {
    const names = ["From", ...Array.from({ length: 40 }, (_, n) => `X-Quite-Long-Name-${n}`)];
    const field = formatSignatureField({ ...usual, signedFields: names });
    for (const line of lines(field)) expect(line.length).toBeLessThanOrEqual(76);
    for (const name of names) expect(field).toContain(name);
  });

  test.each(["identity", "domain", "selector"] as const)("a long %s stays in one piece", (name) => {
    const domain = `${"d".repeat(60)}.${"e".repeat(60)}.example`;
    const long = {
      identity: `${"i".repeat(200)}@${domain}`,
      domain,
      selector: `${"s".repeat(50)}.${"t".repeat(50)}`,
    };
    const tags: SignatureFieldTags = { ...usual, domain, [name]: long[name] };
    const field = completed(tags, new Uint8Array(256));
    expect(field).toContain(`=${long[name]};`);
    expect(lines(field).filter((line) => line.length > 76).length).toBeGreaterThan(0);
  });

  test("z= breaks between fields or within a value, never within =XX", () => {
    const copiedFields = [
      { name: "Subject", value: " ".repeat(200) },
      { name: "From", value: "a".repeat(200) },
      { name: "To", value: "" },
    ];
    const field = formatSignatureField({ ...usual, copiedFields });
    expect(field.slice(field.indexOf("z="))).not.toMatch(/=.?\r\n/);
    for (const line of lines(field)) expect(line.length).toBeLessThanOrEqual(76);
  });

  test("b= goes on wherever the field ended", () => {
    for (let column = 0; column < 120; column++) {
      const folded = foldSignatureValue("A".repeat(100), column);
      const [first = "", ...others] = folded.split("\r\n");
      expect(first.length + column).toBeLessThanOrEqual(Math.max(75, column));
      for (const line of others) expect(line).toMatch(/^ A{1,74}$/);
      expect(folded.replaceAll("\r\n ", "")).toBe("A".repeat(100));
    }
  });
});

describe("values that a verifier would refuse are not written", () => {
  const injections = ["a;b", "a\r\nX-Evil: 1", "a\nb", "a\rb", "a\0b", "a b"];
  test.each<readonly [string, Partial<SignatureFieldTags>]>([
    ...injections.flatMap((text): [string, Partial<SignatureFieldTags>][] => [
      ["domain", { domain: `${text}.example.com` }],
      ["selector", { selector: text }],
      ["algorithm", { algorithm: text }],
      ["identity", { identity: `${text}@example.com` }],
      ["identity domain", { identity: `a@${text}.example.com` }],
      ["signed field", { signedFields: ["From", text] }],
      ["query method", { queryMethods: ["dns/txt", text] }],
      ["copied field", { copiedFields: [{ name: text, value: "" }] }],
      ["extra name", { extraTags: [[text, "1"]] }],
    ]),
    ...injections
      .slice(0, -1)
      .map((text): [string, Partial<SignatureFieldTags>] => [
        "extra value",
        { extraTags: [["r", text]] },
      ]),
    ["algorithm", { algorithm: "rsa-md5" }],
    ["algorithm", { algorithm: "RSA-SHA256" }],
    ["canonicalization", { bodyCanonicalization: "nowsp" as "simple" }],
    ["too many extra tags", { extraTags: Array.from({ length: 81 }, (_, n) => [`r${n}`, ""]) }],
    ["domain", { domain: "com" }],
    ["domain", { domain: "example.com." }],
    ["selector", { selector: "" }],
    ["fields without From", { signedFields: ["To"] }],
    ["no fields", { signedFields: [] }],
    ["empty field name", { signedFields: ["From", ""] }],
    ["field name with a colon", { signedFields: ["From", "a:b"] }],
    ["body hash", { bodyHash: new Uint8Array(20) }],
    ["identity elsewhere", { identity: "a@evil-example.com" }],
    ["identity without @", { identity: "example.com" }],
    ["timestamp", { timestamp: -1 }],
    ["timestamp", { timestamp: 1.5 }],
    ["timestamp", { timestamp: Number.NaN }],
    ["timestamp", { timestamp: 1e12 }],
    ["expiration", { expiration: Infinity }],
    ["expiration not later", { timestamp: 5, expiration: 5 }],
    ["body length", { bodyLength: -1 }],
    ["body length", { bodyLength: 2 ** 53 }],
    ["query methods", { queryMethods: ["dns"] }],
    ["query methods", { queryMethods: [] }],
    ["no copied fields", { copiedFields: [] }],
    ["copied name", { copiedFields: [{ name: "a|b", value: "" }] }],
    ["copied text that is no bytes", { copiedFields: [{ name: "a", value: "\u0141" }] }],
    ["extra tag that is known", { extraTags: [["d", "x"]] }],
    [
      "extra tag twice",
      {
        extraTags: [
          ["r", "1"],
          ["r", "2"],
        ],
      },
    ],
    ["extra value with space around it", { extraTags: [["r", " 1"]] }],
    ["extra value beyond ASCII", { extraTags: [["r", "é"]] }],
    ["more than 998 octets of a tag", { extraTags: [["r", "x".repeat(1000)]] }],
    ["more than 998 octets of i=", { identity: `${"x".repeat(1000)}@example.com` }],
    ["more than 998 octets of a name", { signedFields: ["From", "x".repeat(1000)] }],
    [
      "more than 998 octets of a copied name",
      { copiedFields: [{ name: "x".repeat(1000), value: "" }] },
    ],
  ])("%s: %o", (_what, change) => {
    expect(() => formatSignatureField({ ...usual, ...change })).toThrow(
      expect.objectContaining({ code: "invalid-option" }),
    );
  });

  test.each([0, 39, 999, 76.5, Number.NaN])("a width of %s", (width) => {
    expect(() => formatSignatureField(usual, { width })).toThrow(/width/);
  });
});

test("U-labels become A-labels", () => {
  const field = formatSignatureField({
    ...usual,
    domain: "bücher.example",
    selector: "sél",
    identity: "jürgen@post.bücher.example",
  });
  expect(field).toContain("d=xn--bcher-kva.example; s=xn--sl-bja;");
  expect(field).toContain("i=j=C3=BCrgen@post.xn--bcher-kva.example;");
});
