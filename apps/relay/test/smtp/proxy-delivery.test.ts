import {
  formatKeyRecord,
  formatZoneLine,
  keyRecordName,
  keySource,
  parseZone,
  staticResolver,
} from "@mailseal/dns-record";
import { submit } from "@mailseal/testkit/smtp-client";
import { verify } from "@mailseal/verifier";
import { describe, expect, test } from "vitest";
import { RawClient } from "../support/raw-client.ts";
import { passingPipeline, startRelay, testKey } from "../support/relay-under-test.ts";
import { startSink } from "../support/sinks.ts";

const message = Buffer.from(
  "From: joe@example.com\r\nTo: ann@example.net\r\nSubject: Lunch\r\n\r\n.\r\n..two\r\nAt noon?\r\n",
);
const mail = { mailFrom: "<joe@example.com>", rcptTo: ["<ann@example.net>"], message };

const keys = keySource(
  staticResolver(
    parseZone(
      formatZoneLine(keyRecordName("s1", "example.com"), formatKeyRecord(testKey.publicKey)),
    ),
  ),
);

describe("proxy mode", () => {
  test("forwards a signed message with every other byte unchanged", async () => {
    const sink = await startSink();
    const { port, log } = await startRelay({ nextHopPort: sink.port });
    const replies = await submit({ port, ...mail });
    expect(replies.message).toMatch(/^250 2\.0\.0 OK: \w+, next hop: Taken$/);
    const [taken] = sink.messages;
    const text = taken?.bytes.toString() ?? "";
    expect(text).toMatch(/^DKIM-Signature: /);
    expect(text).toMatch(
      /\r\nReceived: from client\.test \(\[127\.0\.0\.1\]\)\r\n\tby relay\.test/,
    );
    expect(text.endsWith(message.toString())).toBe(true);
    const report = await verify(taken?.bytes ?? message, { keys });
    expect(report.signatures.map(({ result }) => result)).toEqual(["pass"]);
    const line = log().find(({ msg }) => msg === "message");
    expect(line).toMatchObject({
      from: "joe@example.com",
      domain: "example.com",
      selector: "s1",
      result: "signed",
      nextHop: "250 2.0.0 Taken",
    });
  });

  test("offers its extensions, without CHUNKING, which smtp-server lacks", async () => {
    const sink = await startSink();
    const { port } = await startRelay({ nextHopPort: sink.port });
    const client = await RawClient.connect(port);
    await client.reply();
    expect(await client.ask("EHLO client.test")).toBe(
      "250-relay.test\n250-PIPELINING\n250-8BITMIME\n250-SMTPUTF8\n250-ENHANCEDSTATUSCODES\n250-DSN\n250 SIZE 52428800",
    );
  });

  test("forwards the parameters of MAIL and RCPT", async () => {
    const sink = await startSink();
    const { port } = await startRelay({ nextHopPort: sink.port });
    await submit({
      port,
      message,
      mailFrom: "<joe@example.com> SIZE=100 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=a+2Bb",
      rcptTo: [
        "<ann@example.net> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;ann+2Bx@example.net",
        "<bob@xn--bcher-kva.example> NOTIFY=NEVER",
      ],
    });
    expect(sink.messages).toMatchObject([
      {
        mailFrom: "<joe@example.com> SIZE=4196 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=a+2Bb",
        rcptTo: [
          "<ann@example.net> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;ann+2Bx@example.net",
          "<bob@xn--bcher-kva.example> NOTIFY=NEVER",
        ],
      },
    ]);
  });

  test("refuses unknown parameters", async () => {
    const sink = await startSink();
    const { port } = await startRelay({ nextHopPort: sink.port });
    const client = await RawClient.greeted(port);
    expect(await client.ask("MAIL FROM:<joe@example.com> MT-PRIORITY=3")).toMatch(/^555 5\.5\.4/);
  });

  test("each recipient gets the next hop's own reply", async () => {
    const sink = await startSink({
      react: ({ stage, line }) =>
        stage === "rcpt" && line.includes("nobody") ? "550 5.1.1 No such user" : undefined,
    });
    const { port } = await startRelay({ nextHopPort: sink.port });
    const replies = await submit({
      ...mail,
      port,
      rcptTo: ["<ann@example.net>", "<nobody@example.net>", "<bob@example.net>"],
    });
    expect(replies.rcpt).toEqual([
      "250 2.1.5 Accepted",
      "550 5.1.1 No such user",
      "250 2.1.5 Accepted",
    ]);
    expect(replies.message).toMatch(/^250/);
    expect(sink.messages.map(({ rcptTo }) => rcptTo)).toEqual([
      ["<ann@example.net>", "<bob@example.net>"],
    ]);
  });

  test.each([
    { stage: "mail", refusal: "450 4.7.1 Greylisted", at: "rcpt" },
    { stage: "data", refusal: "554 5.7.1 No data from you", at: "message" },
    { stage: "message", refusal: "552 5.3.4 Too big\r\n", at: "message" },
    { stage: "message", refusal: "451-4.3.0 first\r\n451 4.3.0 second", at: "message" },
    { stage: "message", refusal: "550 no enhanced code", at: "message" },
  ])("passes on a refusal at $stage: $refusal", async ({ stage, refusal, at }) => {
    const sink = await startSink({
      react: (event) => (event.stage === stage ? refusal : undefined),
    });
    const { port } = await startRelay({ nextHopPort: sink.port });
    const replies = await submit({ ...mail, port });
    const answer = at === "rcpt" ? replies.rcpt[0] : replies.message;
    const plain = refusal.trim().replaceAll("\r\n", "\n");
    expect(answer).toBe(plain === "550 no enhanced code" ? "550 5.0.0 no enhanced code" : plain);
    expect(sink.messages).toEqual([]);
  });

  test("reuses connections to the next hop across messages and clients", async () => {
    const sink = await startSink();
    const { port } = await startRelay({ nextHopPort: sink.port });
    for (let count = 0; count < 5; count++) {
      await submit({ ...mail, port });
    }
    expect(sink.messages).toHaveLength(5);
    expect(sink.connections).toBe(1);
  });

  test("opens a new one after messagesPerConnection", async () => {
    const sink = await startSink();
    const { port } = await startRelay({
      nextHopPort: sink.port,
      nextHop: { messagesPerConnection: 2 },
    });
    for (let count = 0; count < 5; count++) {
      await submit({ ...mail, port });
    }
    expect(sink.connections).toBe(3);
  });

  test("works with a next hop that has no extensions", async () => {
    const sink = await startSink({ extensions: [] });
    const { port } = await startRelay({ nextHopPort: sink.port });
    const replies = await submit({ ...mail, port, rcptTo: ["<a@example.net>", "<b@example.net>"] });
    expect(replies.message).toMatch(/^250/);
    const eightBit = await submit({
      ...mail,
      port,
      message: Buffer.from("From: a@example.com\r\n\r\n\xfc\r\n", "latin1"),
    });
    expect(eightBit.message).toMatch(/^554 5\.6\.3/);
    expect(sink.messages).toHaveLength(1);
  });

  test("answers a client that pipelines everything", async () => {
    const sink = await startSink();
    const { port } = await startRelay({ nextHopPort: sink.port });
    const client = await RawClient.greeted(port);
    client.send(
      "MAIL FROM:<joe@example.com>\r\nRCPT TO:<ann@example.net>\r\nDATA\r\n" +
        "From: joe@example.com\r\n\r\none\r\n.\r\n" +
        "MAIL FROM:<joe@example.com>\r\nRCPT TO:<bob@example.net>\r\nDATA\r\n" +
        "From: joe@example.com\r\n\r\ntwo\r\n.\r\nQUIT\r\n",
    );
    const codes: string[] = [];
    for (let reply = await client.reply(); reply !== ""; reply = await client.reply()) {
      codes.push(reply.slice(0, 3));
    }
    expect(codes.join(" ")).toBe("250 250 354 250 250 250 354 250 221");
    expect(sink.messages).toHaveLength(2);
  });
});

describe("a binding that the message decides", () => {
  const listener = { bindingHeader: "X-Binding" };
  const late = Buffer.from(`From: joe@example.com\r\nX-Binding: out\r\n\tx\r\n\r\nhi\r\n`);
  const named = Buffer.from(late.toString().replace("\r\n\tx", ""));

  test("is read from the field, which is removed", async () => {
    const sink = await startSink();
    const { port } = await startRelay({ nextHopPort: sink.port, listener });
    const replies = await submit({ ...mail, port, message: named });
    expect(replies.message).toMatch(/^250/);
    expect(sink.messages[0]?.bytes.toString()).not.toContain("X-Binding");
    const unknown = await submit({ ...mail, port, message: late });
    expect(unknown.message).toMatch(/^451 4\.3\.5 the config has no binding "out x"/);
  });

  test("a message with a refused recipient is sent to nobody", async () => {
    const sink = await startSink({
      react: ({ stage, line }) =>
        stage === "rcpt" && line.includes("nobody") ? "550 5.1.1 No such user" : undefined,
    });
    const { port } = await startRelay({
      nextHopPort: sink.port,
      listener,
      pipeline: passingPipeline(),
    });
    const replies = await submit({
      ...mail,
      port,
      message: named,
      rcptTo: ["<ann@example.net>", "<nobody@example.net>"],
    });
    expect(replies.message).toBe(
      "550-5.1.1 No such user\n550 5.1.1 the next hop refused 1 of 2 recipients, so the message was sent to nobody",
    );
    expect(sink.messages).toEqual([]);
  });
});
