import { describe, expect, test } from "vitest";
import type { VerifyOptions } from "../src/index.ts";
import { defaultHeader, defaultTags, handSign } from "./support/hand-sign.ts";
import { now, rsaSigned, sha1Signed, verdictOf } from "./support/verdict-of.ts";

describe("local policy, asked only of what matches", () => {
  const multipart = [...defaultHeader, 'Content-Type: multipart/mixed; boundary="b"'];
  const cases: readonly (readonly [string, string, Partial<VerifyOptions>, string, string])[] = [
    ["rsa-sha1", handSign(sha1Signed), {}, "policy", "algorithm-not-allowed"],
    [
      "rsa-sha1 allowed by name",
      handSign(sha1Signed),
      { allowAlgorithms: ["rsa-sha1"] },
      "pass",
      "pass",
    ],
    [
      "rsa-sha1 that does not match",
      handSign(sha1Signed).replace("nine", "ten"),
      {},
      "fail",
      "body-hash-mismatch",
    ],
    ["RSA of 1024 bits", handSign(rsaSigned), {}, "pass", "pass"],
    [
      "RSA below the minimum",
      handSign(rsaSigned),
      { minimumRsaBits: 2048 },
      "policy",
      "key-too-short",
    ],
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
    [handSign(rsaSigned), { minimumRsaBits: 2048 }, /RSA key has 1024 bits, fewer than the 2048/],
    [handSign(sha1Signed), {}, /rsa-sha1 must not be relied on/],
  ];
  for (const [message, options, reason] of reasons) {
    expect((await verdictOf(message, options)).reason).toMatch(reason);
  }
});

const body = "The boat leaves at nine.\r\n";
const tags = `${defaultTags}; l=${body.length}`;

function signedWith(field: string, h = "from:content-type:content-transfer-encoding"): string {
  const header = field === "" ? defaultHeader : [...defaultHeader, ...field.split("\n")];
  return handSign({ header, h, tags, length: body.length, body });
}

describe("text after l= (RFC 6376 8.2)", () => {
  const appended: readonly (readonly [string, string])[] = [
    ["no type", ""],
    ["text/plain", "Content-Type: text/plain"],
    ["text/plain with a charset", "Content-Type: TEXT/Plain ; charset=utf-8"],
    ["a signed encoding", "Content-Transfer-Encoding: quoted-printable"],
  ];
  test.each(appended)("%s: is told, and passes", async (_, field) => {
    expect(await verdictOf(`${signedWith(field)}more\r\n`)).toMatchObject({
      result: "pass",
      code: "pass-partial-body",
      unsignedBodyBytes: 6,
    });
  });

  const replaceable: readonly (readonly [string, string])[] = [
    ["parts", 'Content-Type: multipart/mixed; boundary="b"'],
    ["parts behind a comment", 'Content-Type: (text/plain) multipart/mixed; boundary="b"'],
    ["a message", "Content-Type: message/rfc822"],
    ["HTML", "Content-Type: text/html"],
    ["a type that only begins like text/plain", "Content-Type: text/plainer"],
  ];
  test.each(replaceable)("%s: can hide what was signed", async (_, field) => {
    expect(await verdictOf(signedWith(field))).toMatchObject({ result: "pass", code: "pass" });
    expect(await verdictOf(`${signedWith(field)}more\r\n`)).toMatchObject({
      result: "policy",
      code: "body-unsigned",
      signature: "match",
      bodyHash: "match",
    });
  });

  const unsigned: readonly (readonly [string, string, "pass" | "policy"])[] = [
    ["boundary swapped", 'Content-Type: multipart/mixed; boundary="evil"', "policy"],
    ["type added", "Content-Type: text/html", "policy"],
    ["encoding added", "Content-Transfer-Encoding: base64", "policy"],
    ["encoding that changes nothing", "Content-Transfer-Encoding: 8bit", "pass"],
    ["plain text as it was", "Content-Type: text/plain", "pass"],
  ];
  test.each(unsigned)("%s and not signed", async (_, field, result) => {
    const signed = signedWith("", "from");
    const altered = `${signed.replace("From:", `${field}\r\nFrom:`)}--evil\r\nmore\r\n`;
    expect(await verdictOf(altered)).toMatchObject({ result });
  });

  test("without l= nothing may be appended", async () => {
    expect(await verdictOf(`${handSign()}more\r\n`)).toMatchObject({
      result: "fail",
      code: "body-hash-mismatch",
    });
  });
});
