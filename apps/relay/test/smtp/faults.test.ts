import { freePort } from "@mailseal/testkit/free-port";
import { submit } from "@mailseal/testkit/smtp-client";
import type { SinkReaction, SmtpSinkOptions } from "@mailseal/testkit/smtp-sink";
import { describe, expect, test } from "vitest";
import { RawClient } from "../support/raw-client.ts";
import { passingPipeline, startRelay } from "../support/relay-under-test.ts";
import { startSink } from "../support/sinks.ts";

const mail = {
  mailFrom: "<joe@example.com>",
  rcptTo: ["<ann@example.net>"],
  message: Buffer.from("From: joe@example.com\r\nSubject: Lunch\r\n\r\nAt noon?\r\n"),
};
const content = mail.message.toString();
const quick = { connectTimeout: 0.3, commandTimeout: 0.3 };

/** Reacts to the first event of a stage only. */
function once1(stage: string, reaction: SinkReaction): NonNullable<SmtpSinkOptions["react"]> {
  let isDone = false;
  return (event) => {
    if (event.stage !== stage || isDone) {
      return undefined;
    }
    isDone = true;
    return reaction;
  };
}

describe("the client gets a 4xx and never a 250 if the next hop fails", () => {
  test("nothing listens", async () => {
    const { port } = await startRelay({ nextHopPort: await freePort() });
    const replies = await submit({ ...mail, port });
    expect(replies.rcpt[0]).toMatch(/^451 4\.4\.1 next hop 127\.0\.0\.1:\d+ cannot be reached$/);
  });

  test("its name is not found", async () => {
    const { port } = await startRelay({
      nextHopPort: 25,
      nextHop: { host: "no-such.invalid", ...quick },
    });
    const replies = await submit({ ...mail, port });
    expect(replies.rcpt[0]).toMatch(/^451 4\.4\.[123] next hop no-such\.invalid:25/);
  });

  test("TLS is required and not offered", async () => {
    const sink = await startSink();
    const { port } = await startRelay({ nextHopPort: sink.port, nextHop: { tls: "required" } });
    const replies = await submit({ ...mail, port });
    expect(replies.rcpt[0]).toMatch(/^451 4\.7\.5/);
  });

  test("its password would go without TLS", async () => {
    const sink = await startSink();
    const { port } = await startRelay({
      nextHopPort: sink.port,
      nextHop: { username: "joe", password: "secret-word" },
    });
    const replies = await submit({ ...mail, port });
    expect(replies.rcpt[0]).toMatch(/^451 4\.7\.0/);
    expect(JSON.stringify(replies)).not.toContain("secret-word");
  });

  test.each<{ stage: string; reaction: SinkReaction; at: "rcpt" | "message"; reply: RegExp }>([
    { stage: "connect", reaction: "hang", at: "rcpt", reply: /^451 4\.4\.2/ },
    { stage: "connect", reaction: "drop", at: "rcpt", reply: /^451 4\.4\.1/ },
    { stage: "connect", reaction: "554 5.7.1 go away", at: "rcpt", reply: /^451 4\.4\.2/ },
    { stage: "helo", reaction: "hang", at: "rcpt", reply: /^451 4\.4\.2/ },
    { stage: "mail", reaction: "hang", at: "rcpt", reply: /^451 4\.4\.2/ },
    { stage: "rcpt", reaction: "drop", at: "rcpt", reply: /^451 4\.4\.2/ },
    { stage: "rcpt", reaction: "421 4.3.2 bye", at: "rcpt", reply: /^451 4\.3\.2 bye/ },
    { stage: "rcpt", reaction: "no smtp", at: "rcpt", reply: /^451 4\.4\.2/ },
    { stage: "data", reaction: "hang", at: "message", reply: /^451 4\.4\.2/ },
    { stage: "data", reaction: "250 not 354", at: "message", reply: /^451 4\.5\.0/ },
    { stage: "content", reaction: "drop", at: "message", reply: /^451 4\.4\.2/ },
    {
      stage: "message",
      reaction: "drop",
      at: "message",
      reply: /^451 4\.4\.2.*may be delivered twice/,
    },
    {
      stage: "message",
      reaction: "hang",
      at: "message",
      reply: /^451 4\.4\.2.*may be delivered twice/,
    },
  ])("$reaction at $stage", async ({ stage, reaction, at, reply }) => {
    const sink = await startSink({
      react: (event) => (event.stage === stage ? reaction : undefined),
    });
    const { port } = await startRelay({ nextHopPort: sink.port, nextHop: quick });
    const replies = await submit({ ...mail, port });
    expect(at === "rcpt" ? replies.rcpt[0] : replies.message).toMatch(reply);
    expect(sink.messages).toEqual([]);
  });

  test("ignores a 250 that comes before the end of the message", async () => {
    const sink = await startSink({
      react: ({ stage }) => (stage === "content" ? "250 2.0.0 early" : undefined),
    });
    const { port } = await startRelay({ nextHopPort: sink.port, pipeline: passingPipeline() });
    const client = await RawClient.greeted(port);
    await client.toData();
    client.send(`${content}${"x".repeat(76)}\r\n`);
    client.send(`${"y".repeat(76)}\r\n`.repeat(200_000));
    client.send(".\r\n");
    expect(await client.reply()).toMatch(/^451 4\.[45]\.[02]/);
    expect(sink.messages).toEqual([]);
  });
});

describe("a stale pooled connection does not fail a message", () => {
  test.each<SinkReaction>(["drop", "421 4.4.2 idle too long"])("%s", async (reaction) => {
    const sink = await startSink({
      react: ({ stage, taken, connection }) =>
        stage === "mail" && taken === 1 && connection === 0 ? reaction : undefined,
    });
    const { port } = await startRelay({ nextHopPort: sink.port });
    await submit({ ...mail, port });
    const replies = await submit({ ...mail, port });
    expect(replies.message).toMatch(/^250/);
    expect(sink.messages).toHaveLength(2);
    expect(sink.connections).toBe(2);
  });

  test("lost between RCPT and DATA: the envelope is sent again, once", async () => {
    const sink = await startSink({ react: once1("data", "drop") });
    const { port } = await startRelay({ nextHopPort: sink.port });
    const replies = await submit({ ...mail, port });
    expect(replies.message).toMatch(/^250/);
    expect(sink.messages.map(({ rcptTo }) => rcptTo)).toEqual([["<ann@example.net>"]]);
  });

  test("a recipient that is refused the second time fails the message before DATA", async () => {
    const sink = await startSink({
      react: ({ stage, connection }) =>
        stage === "data" && connection === 0
          ? "drop"
          : stage === "rcpt" && connection === 1
            ? "550 5.1.1 gone"
            : undefined,
    });
    const { port } = await startRelay({ nextHopPort: sink.port });
    const replies = await submit({ ...mail, port });
    expect(replies.message).toBe("550 5.1.1 gone");
    expect(sink.messages).toEqual([]);
  });
});

describe("clients that share a next hop", () => {
  test("a client that is slow in DATA does not keep the only connection", async () => {
    const sink = await startSink();
    const { port } = await startRelay({ nextHopPort: sink.port, nextHop: { connections: 1 } });
    const slow = await RawClient.greeted(port);
    await slow.toData("slow@example.net");
    slow.send(content);
    const replies = await submit({ ...mail, port });
    expect(replies.message).toMatch(/^250/);
    slow.send(".\r\n");
    expect(await slow.reply()).toMatch(/^250/);
    expect(sink.messages.map(({ rcptTo }) => rcptTo[0])).toEqual([
      "<ann@example.net>",
      "<slow@example.net>",
    ]);
    expect(sink.connections).toBe(1);
  });

  test("waits for a connection for a limited time", async () => {
    const sink = await startSink({ react: once1("message", "hang") });
    const { port } = await startRelay({
      nextHopPort: sink.port,
      nextHop: { connections: 1, connectTimeout: 0.2 },
    });
    const first = await RawClient.greeted(port);
    await first.toData();
    first.send(`${content}.\r\n`);
    const replies = await submit({ ...mail, port });
    expect(replies.rcpt[0]).toMatch(/^451 4\.3\.2/);
  });

  test("a client that vanishes in DATA leaves nothing behind", async () => {
    const sink = await startSink();
    const { port, relay, log } = await startRelay({
      nextHopPort: sink.port,
      nextHop: { connections: 1 },
    });
    const client = await RawClient.greeted(port);
    await client.toData();
    client.send(content);
    client.vanish();
    const replies = await submit({ ...mail, port });
    expect(replies.message).toMatch(/^250/);
    expect(sink.messages).toHaveLength(1);
    expect(relay.load.spoolBytes).toBe(0);
    expect(log().some(({ fault }) => String(fault).includes("client disconnected"))).toBe(true);
  });
});

test("1,000 idle connections do not keep other clients from being served", async () => {
  const sink = await startSink();
  const { port, relay } = await startRelay({
    nextHopPort: sink.port,
    config: { limits: { connections: 1100, connectionsPerClient: 1100 } },
  });
  await Promise.all(Array.from({ length: 1000 }, () => RawClient.greeted(port)));
  expect(relay.load.connections).toBe(1000);
  const replies = await submit({ ...mail, port });
  expect(replies.message).toMatch(/^250/);
});
