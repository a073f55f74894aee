import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { formatKeyRecord } from "@mailseal/dns-record";
import { createSigner, generateKey } from "@mailseal/signer";
import { type DnsServer, startDnsServer } from "@mailseal/testkit/dns-server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createWebhook } from "../src/webhook.ts";

const key = generateKey({ type: "rsa" });
const message = "From: Ada <ada@example.com>\r\nSubject: Lunch\r\n\r\nAt noon?\r\n";
const signedBy = (domain: string, selector: string): string =>
  Buffer.from(createSigner({ domain, selector, key }).sign(message).toBytes()).toString();

let dns: DnsServer;
let server: ReturnType<typeof createWebhook>;
beforeAll(async () => {
  const txt = [formatKeyRecord(key.publicKey)];
  dns = await startDnsServer({
    "s1._domainkey.example.com": { txt },
    "s1._domainkey.example.org": { txt },
    "s2._domainkey.example.com": { rcode: "SERVFAIL" },
  });
  server = createWebhook({ dnsServers: [dns.address] }).listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterAll(async () => {
  server.close();
  await dns.close();
});

async function post(
  body: string | Uint8Array,
): Promise<readonly [status: number, answer: unknown]> {
  const { port } = server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}/mail`, { method: "POST", body });
  return [response.status, await response.json()];
}

test("the signer of a message is named", async () => {
  expect(await post(signedBy("example.com", "s1"))).toEqual([
    200,
    { from: ["ada@example.com"], signedBy: "example.com" },
  ]);
});

test.each([
  ["altered", signedBy("example.com", "s1").replace("noon", "nine"), ["body-hash-mismatch"]],
  ["unsigned", message, []],
  ["signed by another domain", signedBy("example.org", "s1"), ["pass"]],
  ["empty", "", []],
])("%s mail is refused, with a reason for each signature", async (_, body, codes) => {
  const [status, answer] = await post(body);
  expect(status).toBe(422);
  const { reasons } = answer as { readonly reasons: readonly { readonly code: string }[] };
  expect(reasons.map(({ code }) => code)).toEqual(codes);
});

test("mail whose key cannot be looked up now is to be posted again", async () => {
  expect(await post(signedBy("example.com", "s2"))).toMatchObject([
    503,
    { reasons: [{ code: "dns-failure" }] },
  ]);
});

test("mail that is too large is refused while it arrives", async () => {
  const { port } = server.address() as AddressInfo;
  const client = request({ host: "127.0.0.1", port, method: "POST", path: "/mail" });
  // The server does not read the end.
  client.on("error", () => {});
  const answered = once(client, "response");
  client.write(message);
  const chunk = Buffer.alloc(1024 * 1024, "a line of text\r\n");
  for (let sent = 0; sent <= 26; sent++) client.write(chunk);
  const [response] = (await answered) as [IncomingMessage];
  expect(response.statusCode).toBe(413);
  client.destroy();
});

test("a request without mail is refused", async () => {
  const { port } = server.address() as AddressInfo;
  expect((await fetch(`http://127.0.0.1:${port}/mail`)).status).toBe(405);
});
