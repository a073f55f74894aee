import { utimesSync } from "node:fs";
import { generateKey } from "@mailseal/crypto";
import { formatKeyRecord } from "@mailseal/dns-record";
import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { expect, test } from "vitest";
import { oldKeysCheck } from "../../../src/doctor/checks/old-keys.ts";
import { type Examined, examined } from "../support/examined.ts";
import { postfixRoot } from "../support/postfix-root.ts";

const key = generateKey({ type: "ed25519" });
const record = formatKeyRecord(key.publicKey);
const daysAgo = (days: number): Date => new Date(Date.now() - days * 86_400_000);

interface Case {
  /** The age in days of the key that signs, and of the other one. */
  readonly used?: number;
  readonly other?: number;
  readonly place?: string;
  readonly published?: string;
}

function oldKeys({
  used = 10,
  other = 400,
  place = "old.key",
  published = record,
}: Case = {}): Promise<Examined> {
  const directory = temporaryDirectory("test");
  const files = [
    [writeTestFile(directory, "keys/example.com/mail.key", key.toPem()), used],
    [writeTestFile(directory, `keys/example.com/${place}`, key.toPem()), other],
  ] as const;
  for (const [file, days] of files) utimesSync(file, daysAgo(days), daysAgo(days));
  const zone = writeTestFile(
    directory,
    "zone.json",
    JSON.stringify({
      "mail._domainkey.example.com": [record],
      ...(published === "" ? {} : { "old._domainkey.example.com": [published] }),
    }),
  );
  const { installation } = postfixRoot({
    config: [
      `signing: { selector: mail, key: "${directory}/keys/%{d}/%{s}.key" }`,
      "domains: { example.com: {} }",
      `dns: { zone: "${zone}" }`,
      `rotation: { journal: "${directory}/rotation.db" }`,
    ].join("\n"),
  });
  return examined(oldKeysCheck, installation);
}

test("a published key beside one that has replaced it long ago is found", async () => {
  expect((await oldKeys()).findings).toEqual([
    {
      kind: "old-key-published",
      what: "old._domainkey.example.com still publishes a key that no longer signs",
      command: "mailseal record revoke -d example.com -s old",
    },
  ]);
  expect((await oldKeys({ place: "archive/old.key" })).kinds).toEqual(["old-key-published"]);
});

test.each([
  ["has been replaced a few days ago", { used: 3 }],
  ["is newer than the one that signs, because it may be the next", { other: 1 }],
  ["is published as revoked", { published: "v=DKIM1; p=" }],
  ["is not published", { published: "" }],
])("a key is well that %s", async (_, options) => {
  expect(await oldKeys(options)).toMatchObject({ kinds: [], unknown: [], applies: true });
});
