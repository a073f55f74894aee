import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readConfig } from "@mailseal/config";
import { formatKeyRecord, keySource, staticResolver, zoneFromJson } from "@mailseal/dns-record";
import { createLog, policyOf } from "@mailseal/service";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { Postfix, postfixMissing } from "@mailseal/testkit/postfix";
import { submit } from "@mailseal/testkit/smtp-client";
import { verify } from "@mailseal/verifier";
import { describe, expect, test } from "vitest";
import { Relay } from "../../src/relay.ts";
import { afterThisTest, testKey } from "../support/relay-under-test.ts";
import { startSink } from "../support/sinks.ts";

const missing = postfixMissing();
const absent = missing !== undefined && process.env["CI"] === undefined;

/** The config that the README shows, with the ports and the key of this test. */
function readmeConfig(postfixPort: number, more: string) {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const [, example = ""] = /```yaml\n(# mailseal\.yaml[^]*?)```/.exec(readme) ?? [];
  const keys = join(temporaryDirectory("test"), "keys");
  mkdirSync(join(keys, "example.com"), { recursive: true });
  writeFileSync(join(keys, "example.com", "mail2026.key"), testKey.toPem(), { mode: 0o600 });
  const text = example
    .replace("/etc/mailseal/keys", keys)
    .replace("port: 10026", `port: ${postfixPort}`)
    .replace("127.0.0.1:10025", "127.0.0.1:0")
    .replace("processes: auto", "");
  const { config, problems } = readConfig(text + more);
  expect(problems).toEqual([]);
  if (config === undefined) throw new Error("the example in the README is no config");
  return config;
}

/** Sends a message to the relay in front of Postfix. Returns what Postfix delivers, and the codes of its signatures. */
async function delivered(message: string, main: Record<string, string> = {}, more = "") {
  const sink = await startSink();
  const postfix = await Postfix.start({
    nextHopPort: sink.port,
    // Postfix's default, by which it adds Date and Message-ID to what a client on this machine sends.
    main: { local_header_rewrite_clients: "permit_inet_interfaces", ...main },
  });
  afterThisTest(() => postfix.stop());
  const policy = await policyOf(readmeConfig(postfix.smtpPort, more), () => undefined);
  const log = createLog({ level: "silent", format: "json" }, { write: () => undefined });
  const relay = await Relay.start(policy, { log });
  afterThisTest(() => relay.stop(0));
  const [address] = relay.addresses;
  const port = address !== undefined && "port" in address ? address.port : 0;
  const replies = await submit({
    port,
    mailFrom: "<joe@example.com>",
    rcptTo: ["<ann@example.net>"],
    message: Buffer.from(message),
  });
  expect(replies.message).toMatch(/^250 /);
  const { bytes } = await sink.next();
  const records = { "mail2026._domainkey.example.com": [formatKeyRecord(testKey.publicKey)] };
  const keys = keySource(staticResolver(zoneFromJson(records)));
  const { signatures } = await verify(bytes, { keys });
  const fields = bytes.toString().split("\r\n\r\n")[0] ?? "";
  return { fields, codes: signatures.map(({ code }) => code) };
}

/** Parameters by which Postfix adds whatever is missing, for any client. */
const addsAll = {
  always_add_missing_headers: "yes",
  undisclosed_recipients_header: "To: undisclosed-recipients:;",
};
const bare = "From: joe@example.com\r\nSubject: Lunch\r\n\r\nAt noon?\r\n";

describe.skipIf(absent)(
  "the README's example before a Postfix as it is",
  { timeout: 60_000 },
  () => {
    test("mail without Date and Message-ID gets them before it is signed, and verifies at its end", async () => {
      const { fields, codes } = await delivered(bare);
      expect(codes).toEqual(["pass"]);
      expect(fields.match(/^date: /gim)).toHaveLength(1);
      expect(fields.match(/^message-id: /gim)).toHaveLength(1);
      expect(fields).toMatch(/^Message-ID: <[\da-z.]+@example\.com>\r$/m);
      expect(fields).toMatch(/h=[^;]*Date:[^;]*Message-ID/s);
    });

    test("Postfix may add To as well", async () => {
      const { fields, codes } = await delivered(bare, addsAll);
      expect(fields).toMatch(/^To: undisclosed-recipients:;\r?$/m);
      expect(codes).toEqual(["pass"]);
    });

    test("and all of them, if the relay is set to add nothing", async () => {
      const never = "domains: { example.com: { signing: { addMissingFields: never } } }\n";
      const { fields, codes } = await delivered(bare, addsAll, never);
      expect(fields).toMatch(/^Message-Id: <.*@mx\.test>\r$/m);
      expect(codes).toEqual(["pass"]);
    });

    test("without added fields, a signature that asserts absence does not survive", async () => {
      const signing = "signing: { addMissingFields: never, fields: strict }";
      const { codes } = await delivered(bare, {}, `domains: { example.com: { ${signing} } }\n`);
      expect(codes).toEqual(["signature-mismatch"]);
    });
  },
);

test("Postfix is installed", ({ skip }) => {
  skip(absent, missing);
  expect(missing).toBeUndefined();
});
