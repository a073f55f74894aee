import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateKey } from "@mailseal/crypto";
import { formatKeyRecord } from "@mailseal/dns-record";
import { createSigner, type SignatureOptions } from "@mailseal/signer";
import { repositoryRoot } from "@mailseal/testkit";
import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { expect, test } from "vitest";
import { mailseal } from "./mailseal.ts";

const page = join(repositoryRoot, "docs/explanations/how-dkim-breaks.md");
const begin = (name: string): string =>
  `<!-- explained ${name}: written by tooling/guides/test/how-dkim-breaks.test.ts, with UPDATE_DOCS=1 -->\n`;
const end = "<!-- /explained -->";

const directory = temporaryDirectory("file");
const key = generateKey({ type: "rsa" });
const keyName = "mail2026._domainkey.example.com";
const signedAt = 1_795_509_000;

const message = [
  'From: "Ada Harbour" <ada@example.com>',
  "To: crew@lists.example.net,zoe@example.net",
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
];

interface Story {
  readonly name: string;
  /** From the signed message to the received one; by default nothing happens on the way. */
  readonly alter?: (signed: string) => string;
  readonly options?: Partial<SignatureOptions>;
  /** The records of the key in DNS, if they are not the right one. */
  readonly records?: readonly string[];
  readonly secondsLater?: number;
  /** A field that the message does not have. */
  readonly without?: string;
}

const stories: readonly Story[] = [
  {
    name: "mailing list",
    alter: (signed) =>
      `${signed.replace("Subject: ", "Subject: [crew] ")}-- \r\ncrew mailing list\r\nhttps://lists.example.net/crew\r\n`,
  },
  {
    name: "legal notice",
    alter: (signed) =>
      `${signed}\r\nThis message is confidential. If it is not for you, delete it.\r\n`,
  },
  {
    name: "author rewritten",
    alter: (signed) =>
      signed.replace(
        'From: "Ada Harbour" <ada@example.com>\r\n',
        'From: "Ada Harbour via crew" <crew@lists.example.net>\r\nReply-To: "Ada Harbour" <ada@example.com>\r\n',
      ),
  },
  {
    name: "7-bit server",
    alter: (signed) =>
      signed
        .replace("Transfer-Encoding: 8bit", "Transfer-Encoding: quoted-printable")
        .replace("Zoë", "Zo=C3=AB"),
  },
  {
    name: "addresses tidied",
    alter: (signed) => signed.replace("net,zoe@", "net, zoe@"),
  },
  {
    name: "missing field",
    options: { fields: "strict" },
    without: "Message-ID",
    alter: (signed) => `Message-ID: <20261124083000.7f3a@relay.example.net>\r\n${signed}`,
  },
  { name: "key not published", records: [] },
  { name: "other key", records: [formatKeyRecord(generateKey({ type: "rsa" }).publicKey)] },
  { name: "expired", options: { expireAfterSeconds: 7 * 86_400 }, secondsLater: 9 * 86_400 },
];

/** The output of `mailseal explain` for the received message, without the number of hypotheses. */
function explained({ alter = (signed) => signed, without, ...story }: Story): string {
  const { options, records = [formatKeyRecord(key.publicKey)], secondsLater = 600 } = story;
  const signer = createSigner({
    domain: "example.com",
    selector: "mail2026",
    key,
    timestamp: signedAt,
    ...options,
  });
  const sent = message.filter((line) => without === undefined || !line.startsWith(`${without}:`));
  const signed = Buffer.from(signer.sign(sent.join("\r\n")).toBytes()).toString();
  const file = writeTestFile(directory, "received.eml", alter(signed));
  const zone = records.length === 0 ? {} : { [keyName]: records };
  const zoneFile = writeTestFile(directory, "zone.json", JSON.stringify(zone));
  const now = String(signedAt + secondsLater);
  const args = ["explain", "--max-ms", "60000", "--dns", zoneFile, "--now", now, file];
  const { stdout } = mailseal(args);
  const lines = stdout.replaceAll(`${directory}/`, "").split("\n");
  return lines
    .filter((line) => !line.includes("hypotheses tested"))
    .map((line) => line.trimEnd())
    .join("\n");
}

test.each(stories)("the explanation of $name is the one that is given", (story) => {
  const text = readFileSync(page, "utf8");
  const from = text.indexOf(begin(story.name)) + begin(story.name).length;
  const to = text.indexOf(end, from);
  const block = `\`\`\`text\n${explained(story).trimEnd()}\n\`\`\``;
  if (process.env["UPDATE_DOCS"] === "1") {
    writeFileSync(page, `${text.slice(0, from)}\n${block}\n\n${text.slice(to)}`);
    return;
  }
  expect(text.slice(from, to).trim()).toBe(block);
});

test("the page has these explanations, and no other", () => {
  const text = readFileSync(page, "utf8");
  const named = Array.from(text.matchAll(/^<!-- explained (.*?):/gm), ([, name]) => name);
  expect(named).toEqual(stories.map(({ name }) => name));
});
