import type { KeyLookup, KeySource } from "@mailseal/dns-record";
import { describe, expect, test } from "vitest";
import { Verification, verify, type VerifyOptions } from "../src/index.ts";
import {
  defaultHeader,
  defaultTags,
  edKey,
  type HandSigned,
  handSign,
  keysFrom,
  recordOf,
  rsaKey,
} from "./hand-sign.ts";

const now = 1_767_225_600;

const rsa: HandSigned = {
  tags: "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=rsa",
  key: rsaKey,
  algorithm: "rsa-sha256",
};
const sha1: HandSigned = {
  ...rsa,
  tags: rsa.tags?.replace("sha256", "sha1") ?? "",
  algorithm: "rsa-sha1",
};

async function verdictOf(message: string, options: Partial<VerifyOptions> = {}) {
  const report = await verify(Buffer.from(message), { keys: keysFrom(), now, ...options });
  const [verdict] = report.signatures;
  if (verdict === undefined) {
    throw new Error("no signature");
  }
  return verdict;
}

test("a good signature, with all that is known of it", async () => {
  expect(await verdictOf(handSign())).toEqual({
    result: "pass",
    code: "pass",
    reason: "the signature matches",
    bodyHash: "match",
    signature: "match",
    domain: "example.com",
    selector: "sel",
    identity: "@example.com",
    algorithm: "ed25519-sha256",
    canonicalization: "relaxed/relaxed",
    keyBits: 256,
    testing: false,
    noSubdomains: false,
    signedFields: ["from", "to", "subject", "date"],
    unsignedBodyBytes: 0,
    aligned: "strict",
    trusted: true,
    signatureStart: expect.stringMatching(/^[A-Za-z0-9+/]{8}$/),
  });
});

test("U-labels in d= and s= verify by the key at their A-labels (RFC 8616 5)", async () => {
  const message = handSign({
    tags: "v=1; a=ed25519-sha256; c=relaxed/relaxed; d=bücher.example; s=schlüssel; i=@bücher.example",
    header: ["From: ann@bücher.example", ...defaultHeader.slice(1)],
  });
  const keys = keysFrom({
    "xn--schlssel-95a._domainkey.xn--bcher-kva.example": [recordOf(edKey)],
  });
  expect(await verdictOf(message, { keys })).toMatchObject({
    result: "pass",
    domain: "xn--bcher-kva.example",
    selector: "xn--schlssel-95a",
    aligned: "strict",
    trusted: true,
  });
});

test("timestamps, where they are there", async () => {
  const both = await verdictOf(handSign({ tags: `${defaultTags}; t=100; x=${now}` }));
  expect(both).toMatchObject({ timestamp: 100, expiration: now });
  const neither = await verdictOf(handSign());
  expect(Object.keys(neither)).not.toContain("timestamp");
  expect(Object.keys(neither)).not.toContain("expiration");
});

test("what a field that cannot be read claims, and nothing that it does not", async () => {
  const claims = {
    domain: "example.com",
    selector: "sel",
    algorithm: "rsa-sha256",
    identity: "@example.com",
  };
  const unreadable = {
    result: "permerror",
    bodyHash: "none",
    signature: "none",
    signedFields: [],
    unsignedBodyBytes: 0,
    testing: false,
    noSubdomains: false,
  };
  const header = "From: a@example.com\r\n\r\n";
  const full = "DKIM-Signature: v=1; d=example.com; s=sel; a=rsa-sha256; i=@example.com";
  expect(await verdictOf(`${full}\r\n${header}`)).toMatchObject({
    ...unreadable,
    ...claims,
    aligned: "strict",
  });
  const empty = await verdictOf(`DKIM-Signature: v=1\r\n${header}`);
  expect(empty).toMatchObject({ ...unreadable, aligned: "none" });
  expect(Object.keys(empty).filter((key) => key in claims)).toEqual([]);
});

test("what was found of a key is told whatever the result", async () => {
  const keys = keysFrom({ "sel._domainkey.example.com": [recordOf(edKey, "; t=y:s; h=sha1")] });
  expect(await verdictOf(handSign(), { keys })).toMatchObject({
    result: "permerror",
    testing: true,
    noSubdomains: true,
    bodyHash: "match",
    signature: "none",
    unsignedBodyBytes: 0,
  });
  const wrong = await verdictOf(handSign().replace("Thursday", "Friday"));
  expect(wrong).toMatchObject({ keyBits: 256, signature: "mismatch", bodyHash: "match" });
});

test("DNSSEC, as the resolver tells", async () => {
  const inner = keysFrom();
  const keys: KeySource = {
    async find(selector, domain) {
      return { ...(await inner.find(selector, domain)), authenticated: true } as KeyLookup;
    },
  };
  expect(await verdictOf(handSign(), { keys })).toMatchObject({ authenticatedKey: true });
  expect(await verdictOf(handSign())).not.toHaveProperty("authenticatedKey");
});

test("a resolver serves as well as a source of keys", async () => {
  const resolver = {
    resolveTxt: async () => ({ status: "found", records: [recordOf(edKey)] }) as const,
  };
  expect(await verdictOf(handSign(), { keys: resolver })).toMatchObject({ result: "pass" });
});

test("the time is now unless told", async () => {
  const inAnHour = Math.floor(Date.now() / 1000) + 3600;
  const keys = keysFrom();
  const expired = await verify(Buffer.from(handSign({ tags: `${defaultTags}; t=1; x=1000` })), {
    keys,
  });
  expect(expired.signatures[0]?.code).toBe("expired");
  const future = await verify(Buffer.from(handSign({ tags: `${defaultTags}; t=${inAnHour}` })), {
    keys,
  });
  expect(future.signatures[0]?.code).toBe("signed-in-future");
});

test("reasons name the values that matter", async () => {
  const reasons: readonly (readonly [string, Partial<VerifyOptions>, RegExp])[] = [
    [
      handSign({ tags: `${defaultTags}; t=1; x=${now - 1000}` }),
      {},
      /expired 1000 seconds ago, x=1767224600/,
    ],
    [
      handSign({ tags: `${defaultTags}; t=${now + 1000}` }),
      {},
      /1000 seconds from now, t=1767226600/,
    ],
    [handSign().replace("From:", "From: b@example.net\r\nFrom:"), {}, /2 From fields/],
    [handSign().replace("From:", "Subject: b\r\nFrom:"), {}, /1 further subject field/],
    [handSign({ h: "from" }), { requiredFields: ["subject"] }, /does not cover subject/],
    [handSign({ tags: `${defaultTags}; l=0`, length: 0 }), {}, /26 octets unsigned/],
    [handSign(rsa), { minimumRsaBits: 2048 }, /RSA key has 1024 bits, fewer than the 2048/],
    [handSign(sha1), {}, /rsa-sha1 must not be relied on/],
    [
      handSign({ tags: `${defaultTags}; l=99`, length: 99 }),
      {},
      /l= claims more octets than the body's 26/,
    ],
    [handSign(), { keys: keysFrom({}) }, /no name sel\._domainkey\.example\.com/],
    [
      handSign(),
      { keys: keysFrom({ "sel._domainkey.example.com": [] }) },
      /no TXT record at sel\._domainkey/,
    ],
    [
      handSign(),
      { keys: keysFrom({ "sel._domainkey.example.com": { error: "timeout" } }) },
      /did not answer for sel\._domainkey/,
    ],
    [
      handSign(),
      { keys: keysFrom({ "sel._domainkey.example.com": { error: "servfail" } }) },
      /DNS failed for sel\._domainkey/,
    ],
    [
      handSign(),
      { keys: keysFrom({ "sel._domainkey.example.com": ["v=DKIM1; k=ed25519; p="] }) },
      /revoked: p= is empty/,
    ],
    [handSign().replace("nine", "ten"), {}, /header fields are unaltered, but the body/],
    [
      handSign().replace("Thursday", "Friday"),
      {},
      /body is unaltered, but the signed header fields/,
    ],
    [handSign().replace("nine", "ten").replace("Thursday", "Friday"), {}, /neither the body nor/],
  ];
  for (const [message, options, reason] of reasons) {
    expect((await verdictOf(message, options)).reason).toMatch(reason);
  }
});

test("no signature, no verdict", async () => {
  const report = await verify(Buffer.from("From: a@example.com\r\n\r\nx"), { keys: keysFrom() });
  expect(report).toEqual({ from: ["a@example.com"], signatures: [] });
});

describe("what does not match", () => {
  const cases = [
    [
      "body altered",
      (text: string) => text.replace("nine", "ten"),
      "body-hash-mismatch",
      "mismatch",
      "match",
    ],
    [
      "header altered",
      (text: string) => text.replace("Thursday", "Friday"),
      "signature-mismatch",
      "match",
      "mismatch",
    ],
    [
      "both altered",
      (text: string) => text.replace("nine", "ten").replace("Thursday", "Friday"),
      "body-hash-mismatch",
      "mismatch",
      "mismatch",
    ],
    [
      "signed field removed",
      (text: string) => text.replace(/To: .*\r\n/, ""),
      "signature-mismatch",
      "match",
      "mismatch",
    ],
    [
      "tag altered",
      (text: string) => text.replace("v=1;", "v=1; x=9999999999;"),
      "signature-mismatch",
      "match",
      "mismatch",
    ],
  ] as const;
  test.each(cases)("%s", async (_, alter, code, bodyHash, signature) => {
    const altered = alter(handSign());
    expect(altered).not.toBe(handSign());
    expect(await verdictOf(altered)).toMatchObject({
      result: "fail",
      code,
      bodyHash,
      signature,
      trusted: false,
    });
  });
});

describe("keys", () => {
  const name = "sel._domainkey.example.com";
  const good = recordOf(edKey);
  const cases: readonly (readonly [string, unknown, string, string])[] = [
    ["NXDOMAIN", { error: "nxdomain" }, "permerror", "no-key"],
    ["SERVFAIL", { error: "servfail" }, "temperror", "dns-failure"],
    ["timeout", { error: "timeout" }, "temperror", "dns-timeout"],
    ["no TXT record", [], "permerror", "no-key"],
    ["revoked", ["v=DKIM1; k=ed25519; p="], "permerror", "key-revoked"],
    ["not a key record", ["v=spf1 -all"], "permerror", "key-malformed"],
    ["duplicate tag", [`${good}; p=AAAA`], "permerror", "key-malformed"],
    ["other key type", [recordOf(rsaKey)], "permerror", "key-type-mismatch"],
    [
      "other hash only",
      [good.replace("k=ed25519", "k=ed25519; h=sha1")],
      "permerror",
      "key-hash-not-allowed",
    ],
    [
      "other service only",
      [good.replace("k=ed25519", "k=ed25519; s=tlsrpt")],
      "permerror",
      "key-service-not-allowed",
    ],
    ["unusable key", ["v=DKIM1; k=ed25519; p=AAAA"], "permerror", "key-unusable"],
    [
      "another key",
      [recordOf(edKey).replace(/p=.*/, "p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")],
      "fail",
      "signature-mismatch",
    ],
    [
      "the second of several",
      ["junk", "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", good],
      "pass",
      "pass",
    ],
    ["revoked, then good", ["v=DKIM1; p=", good], "pass", "pass"],
    ["without v=", [good.replace("v=DKIM1; ", "")], "pass", "pass"],
  ];
  test.each(cases)("%s", async (_, records, result, code) => {
    const keys = keysFrom({ [name]: records });
    expect(await verdictOf(handSign(), { keys })).toMatchObject({ result, code });
  });

  test("an altered body fails, whatever DNS says or does not say", async () => {
    for (const records of [{ error: "nxdomain" }, { error: "timeout" }, ["v=DKIM1; p="]]) {
      const keys = keysFrom({ [name]: records });
      expect(await verdictOf(handSign().replace("nine", "ten"), { keys })).toMatchObject({
        result: "fail",
        code: "body-hash-mismatch",
        signature: "none",
      });
    }
  });

  test("a testing key passes, is said to be one, and is not trusted", async () => {
    const keys = keysFrom({ [name]: [good.replace("; p=", "; t=y; p=")] });
    expect(await verdictOf(handSign(), { keys })).toMatchObject({
      result: "pass",
      testing: true,
      trusted: false,
    });
  });

  test("t=s refuses an identity in a subdomain, and only that", async () => {
    const keys = keysFrom({ [name]: [good.replace("; p=", "; t=s; p=")] });
    const below = handSign({ tags: `${defaultTags}; i=a@sub.example.com` });
    expect(await verdictOf(below, { keys })).toMatchObject({
      result: "permerror",
      code: "key-subdomain-not-allowed",
      noSubdomains: true,
    });
    expect(await verdictOf(handSign(), { keys })).toMatchObject({
      result: "pass",
      noSubdomains: true,
    });
    expect(await verdictOf(below)).toMatchObject({ result: "pass", identity: "a@sub.example.com" });
  });

  test("each name is asked once, all at once", async () => {
    const asked: string[] = [];
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const inner = keysFrom();
    const signed = handSign();
    const field = signed.slice(0, signed.indexOf("\r\n") + 2);
    const other = field.replace("s=sel", "s=other");
    const verification = new Verification({
      keys: {
        async find(selector, domain) {
          asked.push(selector);
          await gate;
          return inner.find(selector, domain);
        },
      },
    });
    verification.write(Buffer.from(field + other + signed));
    const report = verification.finish();
    expect(asked).toEqual(["sel", "other"]);
    release();
    expect((await report).signatures.map(({ result }) => result)).toEqual([
      "pass",
      "permerror",
      "pass",
    ]);
  });
});

describe("local policy, asked only of what matches", () => {
  const multipart = [...defaultHeader, 'Content-Type: multipart/mixed; boundary="b"'];
  const cases: readonly (readonly [string, string, Partial<VerifyOptions>, string, string])[] = [
    ["rsa-sha1", handSign(sha1), {}, "policy", "algorithm-not-allowed"],
    ["rsa-sha1 allowed by name", handSign(sha1), { allowAlgorithms: ["rsa-sha1"] }, "pass", "pass"],
    [
      "rsa-sha1 that does not match",
      handSign(sha1).replace("nine", "ten"),
      {},
      "fail",
      "body-hash-mismatch",
    ],
    ["RSA of 1024 bits", handSign(rsa), {}, "pass", "pass"],
    ["RSA below the minimum", handSign(rsa), { minimumRsaBits: 2048 }, "policy", "key-too-short"],
    ["expired", handSign({ tags: `${defaultTags}; t=1; x=${now - 301}` }), {}, "policy", "expired"],
    [
      "expired within the skew",
      handSign({ tags: `${defaultTags}; t=1; x=${now - 299}` }),
      {},
      "pass",
      "pass",
    ],
    [
      "expired by the skew, to the second",
      handSign({ tags: `${defaultTags}; t=1; x=${now - 300}` }),
      {},
      "pass",
      "pass",
    ],
    [
      "expired without skew",
      handSign({ tags: `${defaultTags}; t=1; x=${now - 1}` }),
      { clockSkewSeconds: 0 },
      "policy",
      "expired",
    ],
    [
      "from the future",
      handSign({ tags: `${defaultTags}; t=${now + 301}` }),
      {},
      "policy",
      "signed-in-future",
    ],
    [
      "from the future within the skew",
      handSign({ tags: `${defaultTags}; t=${now + 300}` }),
      {},
      "pass",
      "pass",
    ],
    [
      "required field not signed",
      handSign({ h: "from" }),
      { requiredFields: ["Subject"] },
      "policy",
      "required-field-unsigned",
    ],
    [
      "required field not there",
      handSign({ h: "from" }),
      { requiredFields: ["Cc"] },
      "pass",
      "pass",
    ],
    [
      "l= of the whole body",
      handSign({ tags: `${defaultTags}; l=26`, length: 26 }),
      {},
      "pass",
      "pass",
    ],
    [
      "text after l=",
      `${handSign({ tags: `${defaultTags}; l=26`, length: 26 })}more\r\n`,
      {},
      "pass",
      "pass-partial-body",
    ],
    ["l=0", handSign({ tags: `${defaultTags}; l=0`, length: 0 }), {}, "policy", "body-unsigned"],
    [
      "l= over the body, honestly signed",
      handSign({ tags: `${defaultTags}; l=99`, length: 99 }),
      {},
      "permerror",
      "body-length-exceeds-body",
    ],
    [
      "l= of 76 digits, honestly signed",
      handSign({ tags: `${defaultTags}; l=${"9".repeat(76)}` }),
      {},
      "permerror",
      "body-length-exceeds-body",
    ],
    [
      "l= over an empty body, honestly signed",
      handSign({ tags: `${defaultTags}; l=1`, body: "" }),
      {},
      "permerror",
      "body-length-exceeds-body",
    ],
    [
      "l=0 of an empty body",
      handSign({ tags: `${defaultTags}; l=0`, length: 0, body: "" }),
      {},
      "pass",
      "pass",
    ],
    [
      "l= that cuts a multipart",
      `${handSign({ header: multipart, h: "from:content-type", tags: `${defaultTags}; l=26`, length: 26 })}--b\r\n`,
      {},
      "policy",
      "body-unsigned",
    ],
    [
      "Content-Type added where l= leaves a tail",
      `${handSign({ tags: `${defaultTags}; l=26`, length: 26 })}more\r\n`.replace(
        "To:",
        "Content-Type: text/html\r\nTo:",
      ),
      {},
      "policy",
      "body-unsigned",
    ],
    [
      "From not in the message",
      handSign({ header: defaultHeader.slice(1), h: "from:to" }),
      {},
      "policy",
      "no-from",
    ],
    [
      "From added above",
      handSign().replace("From:", "From: evil@example.net\r\nFrom:"),
      {},
      "policy",
      "several-from",
    ],
    [
      "Subject added above",
      handSign().replace("From:", "Subject: evil\r\nFrom:"),
      {},
      "policy",
      "duplicate-field",
    ],
    [
      "Reply-To twice, one signed",
      handSign({
        header: [...defaultHeader, "Reply-To: a@example.com"],
        h: "from:reply-to",
      }).replace("From:", "Reply-To: evil@example.net\r\nFrom:"),
      {},
      "policy",
      "duplicate-field",
    ],
    [
      "Subject twice, both signed",
      handSign({ header: ["Subject: b", ...defaultHeader], h: "from:subject:subject" }),
      {},
      "pass",
      "pass",
    ],
    [
      "Subject twice, none signed",
      handSign({ header: ["Subject: b", ...defaultHeader], h: "from" }),
      {},
      "pass",
      "pass",
    ],
    [
      "Received twice, one signed",
      handSign({ header: ["Received: b", "Received: a", ...defaultHeader], h: "from:received" }),
      {},
      "pass",
      "pass",
    ],
    [
      "From added below",
      handSign().replace("Date:", "From: evil@example.net\r\nDate:"),
      {},
      "fail",
      "signature-mismatch",
    ],
    [
      "Subject added where oversigned",
      handSign({ h: "from:subject:subject" }).replace("From:", "Subject: evil\r\nFrom:"),
      {},
      "fail",
      "signature-mismatch",
    ],
  ];
  test.each(cases)("%s", async (_, message, options, result, code) => {
    expect(await verdictOf(message, options)).toMatchObject({ result, code });
  });

  test("l= says how much it leaves unsigned", async () => {
    const message = `${handSign({ tags: `${defaultTags}; l=26`, length: 26 })}more\r\n`;
    expect(await verdictOf(message)).toMatchObject({ unsignedBodyBytes: 6 });
  });
});

describe("count limits", () => {
  test("a thousand signatures: the first are evaluated, few lookups are made", async () => {
    const signed = handSign();
    const field = signed.slice(0, signed.indexOf("\r\n") + 2);
    const fields = Array.from({ length: 999 }, (_, index) =>
      field.replace("s=sel", `s=sel${index}`),
    );
    const asked = new Set<string>();
    const keys = keysFrom();
    const counting = {
      find(selector: string, domain: string) {
        asked.add(selector);
        return keys.find(selector, domain);
      },
    };
    const report = await verify(Buffer.from(signed.replace(field, field + fields.join(""))), {
      keys: counting,
      now,
    });
    expect(report.signatures.length).toBe(1000);
    expect(asked.size).toBe(16);
    const codes = report.signatures.map(({ code }) => code);
    expect(codes[0]).toBe("pass");
    expect(codes.filter((code) => code === "too-many-lookups").length).toBe(16);
    expect(codes.filter((code) => code === "too-many-signatures").length).toBe(968);
    const many = report.signatures.filter(({ code }) => code.startsWith("too-many"));
    expect(new Set(many.map(({ result }) => result))).toEqual(new Set(["policy"]));
    expect(many[0]?.reason).toMatch(/only 16 key records/);
    expect(many.at(-1)?.reason).toMatch(/only the first 32 signatures/);
  });
});

test("a message that ends with its header has an empty body", async () => {
  const message = handSign({ body: "" }).replace(/\r\n$/, "");
  expect(await verdictOf(message)).toMatchObject({ result: "pass", code: "pass" });
});

describe("a Unix file", () => {
  test("is taken as it was sent", async () => {
    const message = handSign({ body: "one\r\n\r\ntwo\rthree\r\n" });
    expect(await verdictOf(message.replaceAll("\r\n", "\n"))).toMatchObject({ result: "pass" });
  });
  test("a bare LF in a CRLF body is content", async () => {
    const message = handSign({ body: "one\ntwo\r\n" });
    expect(await verdictOf(message)).toMatchObject({ result: "pass" });
    expect(await verdictOf(message.replace("one\n", "one\r\n"))).toMatchObject({ result: "fail" });
  });
});

describe("alignment (RFC 7489 3.1.1)", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["ada@example.com", "example.com", "strict"],
    ["ada@EXAMPLE.com", "example.com", "strict"],
    ["ada@mail.example.com", "example.com", "relaxed"],
    ["ada@example.com", "mail.example.com", "relaxed"],
    ["ada@example.net", "example.com", "none"],
    ["ada@example.co.uk", "other.co.uk", "none"],
    ["ada@example.co.uk", "co.uk", "none"],
    ["ada@user.github.io", "other.github.io", "none"],
    ["ada@bücher.example", "xn--bcher-kva.example", "strict"],
    ["a@example.com, b@example.net", "example.com", "none"],
    ["a@example.com, b@mail.example.com", "example.com", "relaxed"],
    ["undisclosed:;", "example.com", "none"],
    ["ada@example.net\0.example.com", "example.com", "none"],
    ["ada@example.net/.example.com", "example.com", "none"],
    ["ada@example.com.", "example.com", "none"],
    ["ada@[192.0.2.1]", "example.com", "none"],
    ["ada@example.net@example.com", "example.com", "none"],
    ["<ada@example.com@example.net>", "example.com", "none"],
    ['"ada@example.net"@example.com', "example.com", "strict"],
    ["ada@example.com.example.net", "example.com", "none"],
    ["ada@evil-example.com", "example.com", "none"],
    ['"ada@example.com" <ada@example.net>', "example.com", "none"],
    ["ada@example.com <ada@example.net>", "example.com", "none"],
    ["(ada@example.com) ada@example.net", "example.com", "none"],
    ["=?utf-8?q?ada=40example.com?= <ada@example.net>", "example.com", "none"],
  ];
  test.each(cases)("From %s, d=%s: %s", async (from, domain, aligned) => {
    const message = handSign({
      header: [`From: ${from}`],
      h: "from",
      tags: defaultTags.replace("example.com", domain),
    });
    const keys = keysFrom({ [`sel._domainkey.${domain}`]: [recordOf(edKey)] });
    expect(await verdictOf(message, { keys })).toMatchObject({ result: "pass", aligned });
  });
});
