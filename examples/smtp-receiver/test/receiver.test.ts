import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { formatKeyRecord } from "@mailseal/dns-record";
import { createSigner, generateKey } from "@mailseal/signer";
import { type DnsServer, startDnsServer } from "@mailseal/testkit/dns-server";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { submit } from "@mailseal/testkit/smtp-client";
import { keySource, nodeResolver, verify } from "@mailseal/verifier";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createReceiver } from "../src/receiver.ts";

const key = generateKey({ type: "rsa" });
const plain = "From: Ada <ada@example.com>\r\nSubject: Lunch\r\n\r\nAt noon?\r\n.dots\r\n";
const signed = (text: string, selector = "s1"): Buffer =>
  Buffer.from(createSigner({ domain: "example.com", selector, key }).sign(text).toBytes());

let dns: DnsServer;
let directory: string;
let receiver: ReturnType<typeof createReceiver>;
beforeAll(async () => {
  dns = await startDnsServer({
    "s1._domainkey.example.com": { txt: [formatKeyRecord(key.publicKey)] },
    "s2._domainkey.example.com": { rcode: "SERVFAIL" },
  });
});
afterAll(() => dns.close());
beforeEach(async () => {
  directory = temporaryDirectory("test");
  receiver = createReceiver({ directory, hostname: "mx.example.net", dnsServers: [dns.address] });
  receiver.listen(0, "127.0.0.1");
  await once(receiver.server, "listening");
  return () => new Promise<void>((resolve) => receiver.close(() => resolve()));
});

/** The reply to a message. */
async function send(message: Uint8Array): Promise<string | undefined> {
  const { port } = receiver.server.address() as AddressInfo;
  const { message: reply } = await submit({
    port,
    mailFrom: "<ada@example.com>",
    rcptTo: ["<zoe@example.net>"],
    message,
  });
  return reply;
}

test("a signed message becomes a file, byte for byte below the results", async () => {
  const message = signed(plain);
  expect(await send(message)).toMatch(/^250 /);
  const [file = "", ...others] = readdirSync(directory);
  expect(others).toEqual([]);
  const text = readFileSync(join(directory, file), "latin1");
  expect(text.slice(-message.length)).toBe(message.toString("latin1"));
  const results = text.slice(0, -message.length);
  expect(results).toMatch(/^Authentication-Results: mx\.example\.net;/);
  expect(results).toContain("dkim=pass");
  const keys = keySource(nodeResolver({ servers: [dns.address] }));
  expect((await verify(Buffer.from(text, "latin1"), { keys })).signatures[0]?.code).toBe("pass");
});

test.each([
  ["altered", Buffer.from(signed(plain).toString().replace("noon", "nine")), /^550 5\.7\.22 /],
  ["unsigned", Buffer.from(plain), /^550 5\.7\.22 /],
  ["signed with a key that cannot be looked up", signed(plain, "s2"), /^451 4\.7\.5 /],
  [
    "too large",
    signed(`${plain}${"x".repeat(998)}\r\n`.repeat(1) + `${"y".repeat(998)}\r\n`.repeat(27_000)),
    /^552 5\.3\.4 /,
  ],
])("a message that is %s is refused, and nothing of it is kept", async (_, message, reply) => {
  expect(await send(message)).toMatch(reply);
  expect(readdirSync(directory)).toEqual([]);
});

test("many messages at a time are kept apart", async () => {
  const replies = await Promise.all(
    Array.from({ length: 20 }, (_, n) => send(signed(plain.replace("Lunch", `Lunch ${n}`)))),
  );
  expect(replies.every((reply) => reply?.startsWith("250 "))).toBe(true);
  expect(readdirSync(directory)).toHaveLength(20);
});
