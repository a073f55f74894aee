import { readFileSync, writeFileSync } from "node:fs";
import { generateKey } from "@mailseal/crypto";
import { formatKeyRecord, staticResolver, zoneFromJson } from "@mailseal/dns-record";
import { createSigner } from "@mailseal/signer";
import { expect, test } from "vitest";
import { explain } from "../../src/explain.ts";

const readme = new URL("../../README.md", import.meta.url);
const begin = "<!-- explained: written by test/explain/readme.test.ts, with UPDATE_README=1 -->\n";
const end = "<!-- /explained -->";

const key = generateKey({ type: "rsa" });
const keys = staticResolver(
  zoneFromJson({ "s1._domainkey.example.com": [formatKeyRecord(key.publicKey)] }),
);
const message = [
  'From: "Ada Harbour" <ada@example.com>',
  "To: crew@lists.example.net",
  "Subject: Thursday's plan",
  "Date: Tue, 24 Nov 2026 09:30:00 +0100",
  "Message-ID: <20261124083000.7f3a@example.com>",
  "MIME-Version: 1.0",
  "Content-Type: text/plain; charset=utf-8",
  "Content-Transfer-Encoding: 8bit",
  "",
  "Dear Zoë,",
  "",
  "the boat leaves at nine.",
  "",
].join("\r\n");

const stories: readonly (readonly [string, (signed: string) => string])[] = [
  [
    "A mailing list put its tag into the Subject and its footer below the text:",
    (signed) =>
      `${signed.replace("Subject: ", "Subject: [crew] ")}-- \r\ncrew mailing list\r\nhttps://lists.example.net/crew\r\n`,
  ],
  [
    "A relay that does not offer 8BITMIME converted the text:",
    (signed) =>
      signed
        .replace("Transfer-Encoding: 8bit", "Transfer-Encoding: quoted-printable")
        .replace("Zoë", "Zo=C3=AB"),
  ],
  [
    "A list rewrote From for DMARC and kept the author in Reply-To:",
    (signed) =>
      signed.replace(
        'From: "Ada Harbour" <ada@example.com>\r\n',
        'From: "Ada Harbour via crew" <crew@lists.example.net>\r\nReply-To: "Ada Harbour" <ada@example.com>\r\n',
      ),
  ],
];

async function told(altered: string): Promise<string> {
  const explanation = await explain(Buffer.from(altered), { keys, now: 1_795_510_200 });
  const causes = explanation.signatures.flatMap((signature) => signature.causes);
  return `\`\`\`json\n${JSON.stringify(causes, undefined, 2)}\n\`\`\``;
}

test("the explanations in the README are those that are given", async () => {
  const signer = createSigner({
    domain: "example.com",
    selector: "s1",
    key,
    timestamp: 1_795_509_000,
  });
  const signed = Buffer.from(signer.sign(Buffer.from(message)).toBytes()).toString();
  const parts = [];
  for (const [story, alter] of stories) {
    parts.push(`${story}\n\n${await told(alter(signed))}\n\n`);
  }
  const expected = parts.join("");
  const text = readFileSync(readme, "utf8");
  const [from, to] = [text.indexOf(begin) + begin.length, text.indexOf(end)];
  if (process.env["UPDATE_README"] === "1") {
    writeFileSync(readme, `${text.slice(0, from)}\n${expected}${text.slice(to)}`);
    return;
  }
  expect(text.slice(from, to).trim()).toBe(expected.trim());
});
