import { generateKey } from "@mailseal/crypto";
import { formatKeyRecord, staticResolver, zoneFromJson } from "@mailseal/dns-record";
import { createSigner } from "@mailseal/signer";
import { describe, expect, test } from "vitest";
import { explain } from "../../src/explain.ts";

const key = generateKey({ type: "rsa" });
const keys = staticResolver(
  zoneFromJson({ "s._domainkey.example.com": [formatKeyRecord(key.publicKey)] }),
);
const sizeBytes = 10 * 1024 * 1024;
const now = 1_795_509_600;
/** Only for a search that does not end: how long a machine takes is no matter of a test. */
const timeout = 120_000;

function repeated(line: string): string {
  return line.repeat(Math.ceil(sizeBytes / line.length));
}

const text = repeated("The boat leaves at nine, and whoever comes late has to swim after it.\r\n");
const printable = repeated(
  "Sch=C3=B6ne Gr=C3=BC=C3=9Fe aus dem Hafen, und das Boot f=C3=A4hrt um neun; =\r\nbis dann\r\n",
);
const base64 = repeated(
  `${"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ej".padEnd(76, "A")}\r\n`,
);
const attachment = [
  "--b",
  "Content-Type: text/plain",
  "",
  "See the chart.",
  "--b",
  "Content-Type: application/pdf",
  "Content-Transfer-Encoding: base64",
  "",
  `${base64}--b--`,
  "",
].join("\r\n");

const bodies: readonly (readonly [string, readonly string[], string])[] = [
  ["plain text", ["Content-Type: text/plain"], text],
  ["an attachment in base64", ['Content-Type: multipart/mixed; boundary="b"'], attachment],
  [
    "quoted-printable",
    ["Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: quoted-printable"],
    printable,
  ],
];

function signed(fields: readonly string[], body: string): string {
  const header = [
    "From: ada@example.com",
    "Subject: Boat",
    "Date: Tue, 24 Nov 2026 09:30:00 +0100",
    ...fields,
  ];
  const signer = createSigner({ domain: "example.com", selector: "s", key, timestamp: now - 60 });
  const message = Buffer.from(`${header.join("\r\n")}\r\n\r\n${body}`, "latin1");
  return Buffer.from(signer.sign(message).toBytes()).toString("latin1");
}

describe.each(bodies)("10 MB of %s", (_, fields, body) => {
  const message = signed(fields, body);

  test("a footer is found in one pass", { timeout }, async () => {
    const altered = Buffer.from(`${message}-- \r\nfooter\r\n`, "latin1");
    const { signatures, hypotheses } = await explain(altered, {
      keys,
      now,
      maxMilliseconds: timeout,
    });
    expect(signatures[0]?.causes.map(({ code }) => code)).toEqual(["body-appended"]);
    expect(hypotheses).toBeLessThanOrEqual(3);
  });

  test("what cannot be undone ends with the time, not with the memory", { timeout }, async () => {
    const middle = message.length - sizeBytes / 2;
    const altered = Buffer.from(
      `${message.slice(0, middle)}?${message.slice(middle + 1)}`,
      "latin1",
    );
    const before = process.memoryUsage.rss();
    const { signatures, bounded } = await explain(altered, { keys, now });
    expect(signatures[0]?.causes.map(({ code }) => code)).toEqual(["body-edited"]);
    expect(bounded).toBe(true);
    expect(process.memoryUsage.rss() - before).toBeLessThan(100 * sizeBytes);
  });
});
