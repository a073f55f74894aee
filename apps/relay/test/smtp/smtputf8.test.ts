import { submit } from "@mailseal/testkit/smtp-client";
import { describe, expect, test } from "vitest";
import { passingPipeline, startRelay } from "../support/relay-under-test.ts";
import { startSink } from "../support/sinks.ts";

const message = Buffer.from("From: joe@example.com\r\nSubject: Lunch\r\n\r\nAt noon?\r\n");
const mail = { mailFrom: "<joe@example.com>", message };
const without = { extensions: ["PIPELINING", "8BITMIME"] };

const relayTo = (nextHopPort: number) => startRelay({ nextHopPort, pipeline: passingPipeline() });

function withHeader(field: string): Buffer {
  return Buffer.from(`From: joe@example.com\r\n${field}\r\nSubject: Lunch\r\n\r\nAt noon?\r\n`);
}

describe("addresses that are not ASCII (RFC 6531)", () => {
  test("a recipient makes the relay send the envelope again with SMTPUTF8, even if the client did not", async () => {
    const sink = await startSink();
    const { port } = await relayTo(sink.port);
    const rcptTo = ["<bob@example.net>", "<añn@example.net>"];
    const replies = await submit({ port, ...mail, rcptTo });
    expect(replies.message).toMatch(/^250/);
    const [taken] = sink.messages;
    expect(taken?.mailFrom).toBe("<joe@example.com> SMTPUTF8");
    // The sink shows an octet as a character.
    expect(taken?.rcptTo.map((it) => Buffer.from(it, "latin1").toString())).toEqual(rcptTo);
  });

  test("a next hop without SMTPUTF8 refuses only that recipient", async () => {
    const sink = await startSink(without);
    const { port } = await relayTo(sink.port);
    const rcptTo = ["<añn@example.net>", "<bob@example.net>", "<éva@example.net>"];
    const replies = await submit({ port, ...mail, rcptTo });
    expect(replies.rcpt.map((reply) => reply.slice(0, 9))).toEqual([
      "553 5.6.7",
      "250 2.1.5",
      "553 5.6.7",
    ]);
    expect(sink.messages).toMatchObject([
      { mailFrom: "<joe@example.com>", rcptTo: ["<bob@example.net>"] },
    ]);
  });

  test("a domain is sent as A-labels, which need no SMTPUTF8", async () => {
    const sink = await startSink(without);
    const { port } = await relayTo(sink.port);
    await submit({ port, ...mail, rcptTo: ["<ann@bücher.example>"] });
    expect(sink.messages).toMatchObject([
      { mailFrom: "<joe@example.com>", rcptTo: ["<ann@xn--bcher-kva.example>"] },
    ]);
  });

  test.each([
    ["To: Ann <añn@example.net>", " SMTPUTF8"],
    ["Cc: bob@example.net,\r\n ann@bücher.example", " SMTPUTF8"],
    ["To: Añn <ann@example.net>", ""],
    ["Comments: añn@example.net", ""],
  ])("in the header (%j) add %j to MAIL", async (field, parameter) => {
    const sink = await startSink();
    const { port } = await relayTo(sink.port);
    const rcptTo = ["<ann@example.net>"];
    await submit({ port, ...mail, rcptTo, message: withHeader(field) });
    expect(sink.messages).toMatchObject([{ mailFrom: `<joe@example.com>${parameter}`, rcptTo }]);
  });

  test("in the header are rejected if the next hop has no SMTPUTF8", async () => {
    const sink = await startSink(without);
    const { port } = await relayTo(sink.port);
    const replies = await submit({
      port,
      ...mail,
      rcptTo: ["<ann@example.net>"],
      message: withHeader("To: <añn@example.net>"),
    });
    expect(replies.message).toMatch(/^554 5\.6\.9 /);
    expect(sink.messages).toEqual([]);
  });
});
