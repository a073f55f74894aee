/**
 * What the change log of another signer records as defects, and each option that it has: signed here,
 * verified here.
 */
import { generateKey } from "@mailseal/crypto";
import {
  formatKeyRecord,
  keyRecordName,
  keySource,
  staticResolver,
  zoneFromJson,
} from "@mailseal/dns-record";
import { createSigner, type SignatureOptions } from "@mailseal/signer";
import { verify, type Verdict } from "@mailseal/verifier";
import { describe, expect, test } from "vitest";

const now = 1_767_225_600;
const key = generateKey({ type: "rsa", bits: 1024 });
const base: SignatureOptions = {
  domain: "example.com",
  selector: "s",
  key,
  minimumRsaBits: 1024,
  timestamp: now,
};
const keys = keySource(
  staticResolver(
    zoneFromJson({ [keyRecordName("s", "example.com")]: [formatKeyRecord(key.publicKey)] }),
  ),
);
const canonicalizations = [
  "simple/simple",
  "simple/relaxed",
  "relaxed/simple",
  "relaxed/relaxed",
] as const;

function sign(message: string | Uint8Array, options: Partial<SignatureOptions> = {}): string {
  const bytes = typeof message === "string" ? Buffer.from(message) : message;
  return Buffer.from(
    createSigner({ ...base, ...options }, { lineEndings: "keep" })
      .sign(bytes)
      .toBytes(),
  ).toString();
}

async function verdicts(message: string): Promise<readonly Verdict[]> {
  const allowAlgorithms = ["rsa-sha1"] as const;
  return (await verify(Buffer.from(message), { keys, now, allowAlgorithms })).signatures;
}

const header = "From: Ada <ada@example.com>\r\nTo: b@example.net\r\nSubject: s\r\n";
const messages: readonly (readonly [string, string])[] = [
  [
    "RFC 2047 words in From",
    `From: =?utf-8?q?Ad=C3=A0_L?=\r\n =?utf-8?b?b3ZlbGFjZQ==?= <ada@example.com>\r\n\r\nx\r\n`,
  ],
  ["raw UTF-8 in From", "From: Adà <adà@example.com>\r\n\r\nx\r\n"],
  ...[998, 1023, 1024, 1025, 4096, 70_000].map(
    (length) =>
      [`a body line of ${length} octets`, `${header}\r\n${"x".repeat(length)}\r\nend\r\n`] as const,
  ),
  [
    "a body line of 1,025 octets with blanks at the seam",
    `${header}\r\n${"x".repeat(1023)}  y\r\n`,
  ],
  ["bare CR in the body", `${header}\r\na\rb\r\r\nc\r`],
  ["bare LF in the body", `${header}\r\na\nb\n\r\nc\n`],
  ["a large body", `${header}\r\n${"0123456789 abcdef\r\n".repeat(300_000)}`],
  ["no last CRLF", `${header}\r\nx`],
  ["no body", `${header}\r\n`],
  ["no blank line", header],
  [
    "a folded To",
    `From: ada@example.com\r\nTo: a@example.net,\r\n\tb@example.net,\r\n  c@example.net\r\n\r\nx\r\n`,
  ],
  ["a To that is folded to nothing", `From: ada@example.com\r\nTo: \r\n \r\n\r\nx\r\n`],
  ["a bare CR in To", `From: ada@example.com\r\nTo: a@example.net,\rb@example.net\r\n\r\nx\r\n`],
];

describe.each(canonicalizations)("%s", (canonicalization) => {
  test.each(messages)("%s", async (_, message) => {
    const signed = sign(message, { canonicalization });
    expect(signed.endsWith(message)).toBe(true);
    expect(await verdicts(signed)).toMatchObject([{ result: "pass" }]);
  });
  test("a long i= is not broken where it would change", async () => {
    const identity = `${"very.long.name-".repeat(9)}x@${"mail.".repeat(20)}example.com`;
    const signed = sign(`${header}\r\nx\r\n`, { canonicalization, identity });
    expect(signed).toContain(identity);
    expect(await verdicts(signed)).toMatchObject([{ result: "pass", identity }]);
  });
  test("signing again leaves the older signature whole", async () => {
    const twice = sign(sign(`${header}\r\nx\r\n`, { canonicalization }), {
      canonicalization,
      headers: ["From", "DKIM-Signature"],
      timestamp: now + 1,
    });
    expect(await verdicts(twice)).toMatchObject([
      { result: "pass", timestamp: now + 1 },
      { result: "pass", timestamp: now },
    ]);
  });
});

describe("other defects", () => {
  test("a bare LF in To is not signed", () => {
    expect(() => sign("From: ada@example.com\r\nTo: a@example.net\nBcc: b\r\n\r\nx")).toThrow(
      expect.objectContaining({ code: "bad-line-endings" }),
    );
  });
  test("an empty a= is a verdict", async () => {
    const signed = sign(`${header}\r\nx\r\n`).replace("a=rsa-sha256;", "a=;");
    expect(await verdicts(signed)).toMatchObject([
      { result: "permerror", code: "syntax:empty-tag" },
    ]);
  });
});

describe("every option of the other signer", () => {
  const options: readonly (readonly [string, Partial<SignatureOptions>, object])[] = [
    [
      "base_domain",
      { domain: "news.example.com", baseDomain: "example.com" },
      { domain: "example.com", identity: "@news.example.com" },
    ],
    ["digest", { algorithm: "rsa-sha1" }, { algorithm: "rsa-sha1" }],
    ["identity", { identity: "ada@example.com" }, { identity: "ada@example.com" }],
    [
      "headerlist",
      { headers: ["Subject", "From", "Cc"] },
      { signedFields: ["subject", "from", "cc"] },
    ],
    [
      "oversign_headerlist",
      { headers: ["From"], oversign: ["From", "Subject"] },
      { signedFields: ["from", "from", "subject", "subject"] },
    ],
    [
      "skip_headerlist",
      { headers: ["From", "To", "Subject"], skip: ["to"] },
      { signedFields: ["from", "subject"] },
    ],
    [
      "suffixes",
      { headers: ["From", "To?", "Cc?", "Subject*", "Date*", "To+", "Sender+"] },
      { signedFields: ["from", "to", "subject", "date"] },
    ],
    ["copy_headers", { copyHeaders: true }, {}],
    ["body_length_limit", { bodyLength: true }, { unsignedBodyBytes: 0 }],
    ["lifetime, in hours", { expireAfterSeconds: 24 * 3600 }, { expiration: now + 86_400 }],
  ];
  test.each(options)("%s", async (_, chosen, expected) => {
    const [verdict] = await verdicts(sign(`${header}\r\nx\r\n`, chosen));
    expect(verdict).toMatchObject({ result: "pass", ...expected });
  });
  test("the default signs what MIME, RFC 8058 and large receivers want signed", async () => {
    const more = [
      "Reply-To: a@example.com",
      "Message-ID: <1@example.com>",
      "Date: Tue, 24 Nov 2026 09:30:00 +0100",
      "MIME-Version: 1.0",
      "Content-Type: text/plain",
      "Content-Transfer-Encoding: 8bit",
      "List-Unsubscribe: <https://example.com/u>",
      "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
      "In-Reply-To: <0@example.com>",
      "References: <0@example.com>",
    ];
    const [verdict] = await verdicts(sign(`${header}${more.join("\r\n")}\r\n\r\nx`));
    const signed = `${header}${more.join("\r\n")}`.match(/^[\w-]+/gm) ?? [];
    expect(verdict?.result).toBe("pass");
    expect(verdict?.signedFields).toEqual(
      expect.arrayContaining(signed.map((name) => name.toLowerCase())),
    );
  });
  test.each([true, false])("testing: %s is the caller's to count by", (testing) => {
    const { signatures } = createSigner({ ...base, testing }).sign(Buffer.from(header));
    expect(signatures).toMatchObject([{ testing }]);
  });
});
