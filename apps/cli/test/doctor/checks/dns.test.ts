import { generateKey } from "@mailseal/crypto";
import { formatKeyRecord, staticResolver, type TxtResolver } from "@mailseal/dns-record";
import { expect, test } from "vitest";
import { dnsCheck } from "../../../src/doctor/checks/dns.ts";
import { type Examined, examined } from "../support/examined.ts";
import { postfixRoot } from "../support/postfix-root.ts";

const key = generateKey({ type: "rsa" });
const record = formatKeyRecord(key.publicKey);
const testing = formatKeyRecord(key.publicKey, { flags: ["y"] });
const other = formatKeyRecord(generateKey({ type: "rsa" }).publicKey);

function checked(resolver: TxtResolver): Promise<Examined> {
  const { installation } = postfixRoot();
  const inUse = {
    domain: "example.com",
    selector: "mail",
    file: "/etc/mailseal/keys/example.com/mail.key",
    answer: { status: "found", key } as const,
    writtenAtMs: undefined,
  };
  return examined(dnsCheck, {
    ...installation,
    keys: async () => [inUse],
    resolver: async () => resolver,
  });
}

const dns = (...records: readonly string[]): TxtResolver =>
  staticResolver(new Map([["mail._domainkey.example.com", records]]));

test.each([
  ["the record of the key", [record], []],
  ["the record beside a record of something else", ["v=spf1 -all", record], []],
  ["the record with t=y", [testing], ["testing-flag"]],
  ["no record", [], ["key-not-published"]],
  ["the record in two records", [record.slice(0, 200), record.slice(200)], ["record-split"]],
  ["only the first 255 octets", [record.slice(0, 255)], ["record-split"]],
  [
    "quotes inside of the record",
    [`${record.slice(0, 200)}" "${record.slice(200)}`],
    ["record-split"],
  ],
  ["two keys", [record, other], ["several-records"]],
  ["the key of somebody else", [other], ["other-key-published"]],
  ["a revoked key", ["v=DKIM1; p="], ["other-key-published"]],
  ["text that is no record", ["v=DKIM1; k=rsa; p=!!!"], ["record-unusable"]],
] as const)("%s", async (_, records, kinds) => {
  const { findings } = await checked(dns(...records));
  expect(findings.map(({ kind }) => kind)).toEqual(kinds);
  for (const { command } of findings) {
    expect(command).toBe(
      "mailseal record publish -d example.com -s mail -k /etc/mailseal/keys/example.com/mail.key",
    );
  }
});

test("a corrected record still excludes subdomains", async () => {
  const flagged = formatKeyRecord(key.publicKey, { flags: ["y", "s"] });
  const { findings } = await checked(dns(flagged));
  expect(findings).toMatchObject([
    { kind: "testing-flag", command: expect.stringMatching(/ --no-subdomains$/) },
  ]);
});

test("a server that fails leaves it unknown", async () => {
  const resolver: TxtResolver = {
    resolveTxt: async () => ({ status: "timeout", reason: "no response" }),
  };
  expect(await checked(resolver)).toMatchObject({
    kinds: [],
    unknown: ["DNS did not answer for mail._domainkey.example.com: no response"],
  });
});
