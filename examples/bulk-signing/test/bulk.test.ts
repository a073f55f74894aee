import { Readable } from "node:stream";
import { formatKeyRecord, zoneFromJson } from "@mailseal/dns-record";
import { generateKey } from "@mailseal/signer";
import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { SmtpSink } from "@mailseal/testkit/smtp-sink";
import { keySource, staticResolver, verify } from "@mailseal/verifier";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { sendBulk } from "../src/bulk.ts";

const keyDirectory = temporaryDirectory("file");
const domains = Array.from({ length: 500 }, (_, n) => `shop${n}.example`);
const zone: Record<string, readonly string[]> = {};
for (const [n, domain] of domains.entries()) {
  // An RSA key takes a while to make: every fiftieth domain has one beside its Ed25519 key.
  const types = n % 50 === 0 ? (["rsa", "ed25519"] as const) : (["ed25519"] as const);
  for (const type of types) {
    const key = generateKey({ type });
    writeTestFile(keyDirectory, `${domain}/${type}.key`, key.toPem());
    zone[`${type}._domainkey.${domain}`] = [formatKeyRecord(key.publicKey)];
  }
}
const keys = keySource(staticResolver(zoneFromJson(zone)));

let sink: SmtpSink;
const failures: string[] = [];
beforeAll(async () => {
  sink = await SmtpSink.start();
});
afterAll(() => sink.close());
beforeEach(() => void failures.splice(0));

const lineOf = (from: string): string =>
  `${JSON.stringify({ from, to: "zoe@example.net", subject: "Grüße", text: "one\ntwo\n" })}\n`;

function send(lines: readonly string[]): ReturnType<typeof sendBulk> {
  return sendBulk(Readable.from(lines), {
    keyDirectory,
    smtp: { host: "127.0.0.1", port: sink.port },
    onFailure: ({ from }, error) => failures.push(`${from}: ${error.message}`),
  });
}

test("1,000 messages of 500 domains arrive, each signed with every key of its domain", async () => {
  const lines = [...domains, ...domains].map((domain) => lineOf(`news@${domain}`));
  expect(await send(lines)).toEqual({ sent: 1000, failed: 0 });
  const seen = new Map<string, number>();
  for (const { bytes, mailFrom } of sink.messages) {
    const domain = /@([^>]+)>/.exec(mailFrom)?.[1] ?? "";
    const { signatures } = await verify(bytes, { keys });
    expect(signatures.map((signature) => [signature.code, signature.aligned])).toEqual(
      Object.keys(zone)
        .filter((name) => name.endsWith(`._domainkey.${domain}`))
        .map(() => ["pass", "strict"]),
    );
    seen.set(domain, (seen.get(domain) ?? 0) + 1);
  }
  expect([...seen.values()].every((count) => count === 2)).toBe(true);
  expect([...seen.keys()].toSorted()).toEqual(domains.toSorted());
});

test("a domain without a key is reported and not sent, and the others go on", async () => {
  const before = sink.messages.length;
  const froms = [
    "news@shop1.example",
    "news@nokey.example",
    "x@../shop2.example",
    "a@shop2.example",
  ];
  expect(await send(froms.map(lineOf))).toEqual({ sent: 2, failed: 2 });
  expect(failures.toSorted()).toEqual([
    expect.stringMatching(/^news@nokey\.example: nokey\.example has no key/),
    expect.stringMatching(/^x@\.\.\/shop2\.example: /),
  ]);
  expect(sink.messages).toHaveLength(before + 2);
});
