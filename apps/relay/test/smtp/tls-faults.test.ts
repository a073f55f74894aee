import { authority, type Certificate, selfSigned, trust } from "@mailseal/testkit/certificates";
import { submit } from "@mailseal/testkit/smtp-client";
import { TlsFront, type TlsReaction } from "@mailseal/testkit/tls-front";
import { afterAll, describe, expect, test } from "vitest";
import { afterThisTest, startRelay } from "../support/relay-under-test.ts";
import { startSink } from "../support/sinks.ts";

const secretWord = "Lunch at noon";
const mail = {
  mailFrom: "<joe@example.com>",
  rcptTo: ["<ann@example.net>"],
  message: Buffer.from(`From: joe@example.com\r\nSubject: ${secretWord}\r\n\r\nHi\r\n`),
};
const startTls = ["opportunistic", "required"] as const;
const quick = { connectTimeout: 0.5, commandTimeout: 0.5 };
const verified = { ...quick, verifyCertificate: true };

async function deliver(tls: string, reaction: TlsReaction, options: Record<string, unknown>) {
  const sink = await startSink({
    extensions: ["PIPELINING", "STARTTLS", "SIZE 1000000", "AUTH PLAIN"],
  });
  const start = tls === "implicit" ? TlsFront.implicit : TlsFront.startTls;
  const front = await start(sink.port, reaction);
  afterThisTest(() => front.close());
  const relay = await startRelay({ nextHopPort: front.port, nextHop: { tls, ...options } });
  const { rcpt, message } = await submit({ ...mail, port: relay.port });
  return { reply: message ?? rcpt[0] ?? "", sink, front, log: relay.log };
}

/** Nothing of the envelope or the message. */
function expectNothingInTheClear({ clear }: TlsFront): void {
  expect(clear).not.toMatch(/MAIL FROM|RCPT TO|AUTH|example|Lunch/i);
}

describe("the certificate of the next hop", () => {
  const trusted = authority();
  const certificates: ReadonlyMap<string, Certificate> = new Map([
    ["valid", trusted.issue("IP:127.0.0.1", 2)],
    ["expired", trusted.issue("IP:127.0.0.1", -1)],
    ["of another name", trusted.issue("DNS:other.test", 2)],
    ["self-signed", selfSigned()],
    ["of an unknown authority", authority().issue("IP:127.0.0.1", 2)],
  ]);
  const distrust = trust(trusted);
  afterAll(distrust);

  function certificate(name: string): TlsReaction {
    const found = certificates.get(name);
    if (found === undefined) {
      throw new Error(`no certificate ${name}`);
    }
    return { type: "tls", certificate: found };
  }

  describe.each([...startTls, "implicit"])("tls: %s", (tls) => {
    test("valid and verified: the message is sent over TLS only", async () => {
      const { reply, sink, front } = await deliver(tls, certificate("valid"), verified);
      expect(reply).toMatch(/^250/);
      expect(sink.messages).toHaveLength(1);
      expect(front.secured).toBe(true);
      expectNothingInTheClear(front);
    });

    test.each(["expired", "of another name", "self-signed", "of an unknown authority"])(
      "%s and verified: 4xx, and nothing is sent",
      async (name) => {
        const { reply, sink, front, log } = await deliver(tls, certificate(name), verified);
        expect(reply).toMatch(
          /^451 4\.7\.5 next hop 127\.0\.0\.1:\d+ failed the TLS handshake \([A-Z_]+\)$/,
        );
        expect(sink.messages).toEqual([]);
        expectNothingInTheClear(front);
        // The client's connection ends after its answer.
        await expect
          .poll(() => log().map(({ fault }) => String(fault)))
          .toContainEqual(expect.stringMatching(/certificate|altnames/i));
      },
    );

    test("self-signed and not verified: accepted", async () => {
      const { reply, sink, front } = await deliver(tls, certificate("self-signed"), quick);
      expect(reply).toMatch(/^250/);
      expect(sink.messages).toHaveLength(1);
      expectNothingInTheClear(front);
    });
  });
});

describe("a failed handshake: 4xx, and nothing is sent", () => {
  describe.each([...startTls, "implicit"])("tls: %s", (tls) => {
    test.each<TlsReaction>([{ type: "garbage" }, { type: "closed" }, { type: "silent" }])(
      "$type",
      async (reaction) => {
        const { reply, sink, front } = await deliver(tls, reaction, quick);
        expect(reply).toMatch(reaction.type === "silent" ? /^451 4\.4\.2/ : /^451 4\.[47]\.[125]/);
        expect(sink.messages).toEqual([]);
        expect(front.secured).toBe(false);
        expectNothingInTheClear(front);
      },
    );
  });
});

describe("STARTTLS refused", () => {
  const refused: TlsReaction = { type: "refused", reply: "454 4.7.0 TLS not available" };

  test("tls: required: 4xx, and nothing is sent", async () => {
    const { reply, sink, front } = await deliver("required", refused, quick);
    expect(reply).toMatch(/^451 4\.7\.5/);
    expect(sink.messages).toEqual([]);
    expectNothingInTheClear(front);
  });

  test("tls: opportunistic: the message is sent without TLS", async () => {
    const { reply, sink } = await deliver("opportunistic", refused, quick);
    expect(reply).toMatch(/^250/);
    expect(sink.messages).toHaveLength(1);
  });

  test("tls: opportunistic with a password: 4xx, and nothing is sent", async () => {
    const account = { ...quick, username: "joe", password: "secret-word" };
    const { reply, sink, front } = await deliver("opportunistic", refused, account);
    expect(reply).toMatch(/^451 4\.7\.0/);
    expect(sink.messages).toEqual([]);
    expectNothingInTheClear(front);
  });
});
