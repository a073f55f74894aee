import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { formatKeyRecord } from "@mailseal/dns-record";
import { createSigner, generateKey } from "@mailseal/signer";
import { type DnsServer, startDnsServer } from "@mailseal/testkit/dns-server";
import { Postfix, postfixMissing } from "@mailseal/testkit/postfix";
import { submit } from "@mailseal/testkit/smtp-client";
import { SmtpSink } from "@mailseal/testkit/smtp-sink";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createOwnDomainsMilter } from "../src/milter.ts";

const missing = postfixMissing();
if (missing !== undefined) console.warn(`skipped: ${missing}`);

const key = generateKey({ type: "rsa" });
const mail = (from: string): string =>
  `From: ${from}\r\nTo: zoe@example.net\r\nSubject: Please pay\r\n\r\nAt once.\r\n`;
const signed = (from: string, domain: string, selector = "s1"): string =>
  Buffer.from(createSigner({ domain, selector, key }).sign(mail(from)).toBytes()).toString();

describe.skipIf(missing !== undefined && process.env["CI"] === undefined)(
  "Postfix with the milter",
  () => {
    let dns: DnsServer;
    let sink: SmtpSink;
    let milter: ReturnType<typeof createOwnDomainsMilter>;
    let postfix: Postfix;
    const errors: string[] = [];

    beforeAll(async () => {
      const txt = [formatKeyRecord(key.publicKey)];
      dns = await startDnsServer({
        "s1._domainkey.example.com": { txt },
        "s1._domainkey.other.example": { txt },
        "s2._domainkey.example.com": { rcode: "SERVFAIL" },
      });
      sink = await SmtpSink.start();
      milter = createOwnDomainsMilter({
        domains: ["example.com"],
        dnsServers: [dns.address],
        onError: ({ message }) => errors.push(message),
      }).listen(0, "127.0.0.1");
      await once(milter, "listening");
      postfix = await Postfix.start({
        nextHopPort: sink.port,
        smtpdMilters: [`inet:127.0.0.1:${(milter.address() as AddressInfo).port}`],
        // So that clients of the test are strangers, although they are on this machine.
        main: { smtpd_authorized_xclient_hosts: "127.0.0.0/8", relay_domains: "example.net" },
      });
    });
    afterAll(async () => {
      await postfix.stop();
      milter.close();
      await sink.close();
      await dns.close();
    });
    beforeEach(() => void errors.splice(0));

    /** The reply to a message of a client outside, or on this machine. */
    async function send(
      message: string,
      client: "stranger" | "local" = "stranger",
    ): Promise<string> {
      const replies = await submit({
        port: postfix.smtpPort,
        mailFrom: "<eve@mail.example>",
        rcptTo: ["<zoe@example.net>"],
        message: Buffer.from(message),
        ...(client === "local" ? {} : { xclient: "ADDR=192.0.2.7 NAME=mail.example" }),
      });
      expect(errors).toEqual([]);
      return replies.message ?? "";
    }

    test.each([
      ["signed by our domain", signed("boss@example.com", "example.com")],
      ["signed by our domain, for a subdomain", signed("boss@sales.example.com", "example.com")],
    ])("mail that is %s passes, and is marked", async (_, message) => {
      expect(await send(message)).toMatch(/^250 /);
      expect((await sink.next()).bytes.toString()).toMatch(
        /^X-Own-Domain: signed by example\.com\r$/m,
      );
    });

    test("mail of other domains passes as it is, signed or not", async () => {
      expect(await send(mail("eve@other.example"))).toMatch(/^250 /);
      expect((await sink.next()).bytes.toString()).not.toContain("X-Own-Domain");
    });

    test.each([
      ["unsigned", mail("The boss <boss@example.com>")],
      ["signed by another domain", signed("boss@example.com", "other.example")],
      ["altered", signed("boss@example.com", "example.com").replace("once", "nine")],
      ["from a subdomain, and unsigned", mail("boss@sales.example.com")],
      [
        "from two authors, and signed by the other",
        signed("eve@other.example, boss@example.com", "other.example"),
      ],
    ])("mail that claims to be ours and is %s is refused", async (_, message) => {
      expect(await send(message)).toMatch(
        /^550 5\.7\.22 Mail from boss@\S+ must carry our signature/,
      );
    });

    test("mail whose key cannot be looked up now stays with its sender", async () => {
      expect(await send(signed("boss@example.com", "example.com", "s2"))).toMatch(/^451 4\.7\.5 /);
    });

    test("mail from this machine passes unsigned", async () => {
      expect(await send(mail("boss@example.com"), "local")).toMatch(/^250 /);
      await sink.next();
    });
  },
);
