import type { SinkReaction, SmtpSink } from "@mailseal/testkit/smtp-sink";
import { describe, expect, test } from "vitest";
import { NextHopTransaction } from "../../src/next-hop/next-hop-transaction.ts";
import { messageOf, poolFor, startSink } from "../support/next-hop.ts";

const mail = { from: "joe@example.com", eightBit: false, smtpUtf8: false };
const ascii = { ascii: true, asciiHeader: true };
const message = messageOf("Subject: Lunch\r\n\r\nAt noon?\r\n");
const [ann, bob] = [{ address: "ann@example.net" }, { address: "bob@example.net" }];

/** A reaction to one stage, from its `first` occurrence on. */
function reactAt(wanted: string, reaction: SinkReaction, first = 0) {
  let seen = 0;
  return ({ stage }: { readonly stage: string }): SinkReaction =>
    stage === wanted && seen++ >= first ? reaction : undefined;
}

describe("recipients", () => {
  test("get the next hop's own replies, and the message goes to those that it accepts", async () => {
    const sink = await startSink({
      react: ({ stage, line }) =>
        stage === "rcpt" && line.includes("bob") ? "550 5.1.1 No such user" : undefined,
    });
    const transaction = new NextHopTransaction(poolFor(sink), mail);
    expect(await transaction.recipient(ann)).toMatchObject({ code: 250 });
    expect(await transaction.recipient(bob)).toMatchObject({ code: 550, enhancedCode: "5.1.1" });
    expect(await transaction.deliver(message, ascii)).toMatchObject({ code: 250 });
    expect(sink.messages.map(({ rcptTo }) => rcptTo)).toEqual([["<ann@example.net>"]]);
  });

  test("all get the refusal of their sender", async () => {
    const sink = await startSink({ react: reactAt("mail", "550 5.7.1 Not from you") });
    const transaction = new NextHopTransaction(poolFor(sink), mail);
    expect(transaction.isSenderRefused).toBe(false);
    const replies = [await transaction.recipient(ann), await transaction.recipient(bob)];
    expect(replies).toMatchObject([{ enhancedCode: "5.7.1" }, { enhancedCode: "5.7.1" }]);
    expect(transaction.isSenderRefused).toBe(true);
  });

  test("that the next hop does not support are refused, and the others are not", async () => {
    const sink = await startSink({ extensions: ["PIPELINING"] });
    const transaction = new NextHopTransaction(poolFor(sink), mail);
    expect(await transaction.recipient(ann)).toMatchObject({ code: 250 });
    expect(await transaction.recipient({ address: "añn@example.net" })).toMatchObject({
      code: 553,
      enhancedCode: "5.6.7",
    });
    expect(await transaction.deliver(message, ascii)).toMatchObject({ code: 250 });
  });

  test("together get one refusal if one of them is refused, and nothing is sent", async () => {
    const sink = await startSink({
      react: ({ stage, line }) =>
        stage === "rcpt" && line.includes("bob") ? "450 4.2.1 Later" : undefined,
    });
    const transaction = new NextHopTransaction(poolFor(sink), mail);
    expect(await transaction.allRecipients([ann, bob])).toMatchObject({
      code: 450,
      text: expect.stringContaining("refused 1 of 2 recipients"),
    });
    expect(sink.messages).toEqual([]);
  });
});

/** A transaction that has lost its session, and whose recipient is refused when it is sent again. */
async function refusedLater(): Promise<{
  readonly slow: NextHopTransaction;
  readonly sink: SmtpSink;
}> {
  let annCount = 0;
  const sink = await startSink({
    react: ({ stage, line }) =>
      stage === "rcpt" && line.includes("ann") && annCount++ > 0 ? "450 4.2.1 Full" : undefined,
  });
  const pool = poolFor(sink, { connections: 1 });
  const slow = new NextHopTransaction(pool, mail);
  await slow.recipient(ann);
  await new NextHopTransaction(pool, mail).recipient(bob);
  return { slow, sink };
}

describe("a client that is slow loses its session to another one", () => {
  test("and its envelope is sent again before its message", async () => {
    const sink = await startSink();
    const pool = poolFor(sink, { connections: 1 });
    const [slow, quick] = [new NextHopTransaction(pool, mail), new NextHopTransaction(pool, mail)];
    await slow.recipient(ann);
    await quick.recipient(bob);
    expect(await quick.deliver(message, ascii)).toMatchObject({ code: 250 });
    expect(await slow.deliver(message, ascii)).toMatchObject({ code: 250 });
    expect(sink.messages.map(({ rcptTo }) => rcptTo)).toEqual([
      ["<bob@example.net>"],
      ["<ann@example.net>"],
    ]);
    expect(sink.connections).toBe(1);
  });

  test("and its message is refused if the next hop no longer accepts a recipient", async () => {
    const { slow, sink } = await refusedLater();
    expect(await slow.deliver(message, ascii)).toMatchObject({ code: 450, text: "Full" });
    expect(sink.messages).toEqual([]);
  });

  test("and its next recipient is deferred if the next hop no longer accepts an earlier one", async () => {
    const { slow } = await refusedLater();
    await expect(slow.recipient(bob)).rejects.toMatchObject({
      message: "the next hop refuses a recipient that it accepted before, try again",
      reply: { code: 451 },
    });
  });
});

describe("a message", () => {
  test("is not delivered if the next hop replies to DATA with 250 in place of 354", async () => {
    const sink = await startSink({ react: reactAt("data", "250 2.0.0 Ok") });
    const transaction = new NextHopTransaction(poolFor(sink), mail);
    await transaction.recipient(ann);
    expect(await transaction.deliver(message, ascii)).toMatchObject({
      code: 451,
      enhancedCode: "4.5.0",
    });
    expect(sink.messages).toEqual([]);
  });

  test("is sent on a new connection if the old one ends at DATA", async () => {
    const sink = await startSink({
      react: ({ stage, connection }) => (stage === "data" && connection === 0 ? "drop" : undefined),
    });
    const transaction = new NextHopTransaction(poolFor(sink), mail);
    await transaction.recipient(ann);
    expect(await transaction.deliver(message, ascii)).toMatchObject({ code: 250 });
    expect(sink.messages.map(({ connection }) => connection)).toEqual([1]);
  });

  test.each([
    ["message", /received the message but did not reply .*it may be delivered twice/],
    ["content", /the message was not delivered/],
  ])("whose connection ends at its %s is deferred, with the reason", async (stage, reason) => {
    const sink = await startSink({ react: reactAt(stage, "drop") });
    const transaction = new NextHopTransaction(poolFor(sink), mail);
    await transaction.recipient(ann);
    const long = messageOf(...Array<string>(100).fill(`${"a".repeat(99_998)}\r\n`));
    const sent = stage === "message" ? message : long;
    await expect(transaction.deliver(sent, ascii)).rejects.toMatchObject({
      name: "TransientDeliveryError",
      message: expect.stringMatching(reason),
    });
  });

  test("that the next hop does not support is refused, and never converted", async () => {
    const sink = await startSink({ extensions: ["PIPELINING"] });
    const transaction = new NextHopTransaction(poolFor(sink), { ...mail, eightBit: true });
    await transaction.recipient(ann);
    const reply = await transaction.deliver(message, { ascii: false, asciiHeader: true });
    expect(reply).toMatchObject({ code: 554, enhancedCode: "5.6.3" });
    expect(sink.messages).toEqual([]);
  });

  test("with a UTF-8 address has SMTPUTF8, for which the envelope is sent again", async () => {
    const sink = await startSink();
    const transaction = new NextHopTransaction(poolFor(sink), mail);
    await transaction.recipient(ann);
    const needs = { ascii: false, asciiHeader: false, utf8Address: true };
    expect(await transaction.deliver(message, needs)).toMatchObject({ code: 250 });
    expect(sink.messages[0]?.mailFrom).toContain(" SMTPUTF8");
  });
});

test("an aborted transaction gives its session back, and delivers nothing", async () => {
  const sink = await startSink();
  const pool = poolFor(sink, { connections: 1 });
  const aborted = new NextHopTransaction(pool, mail);
  await aborted.recipient(ann);
  aborted.abort();
  const next = new NextHopTransaction(pool, mail);
  await next.recipient(bob);
  await next.deliver(message, ascii);
  expect(sink.messages.map(({ rcptTo }) => rcptTo)).toEqual([["<bob@example.net>"]]);
  expect(sink.connections).toBe(1);
});

/** A reaction that waits at one stage until `go` is called. */
function waitAt(wanted: string): {
  readonly react: (event: { readonly stage: string }) => Promise<SinkReaction>;
  readonly reached: Promise<void>;
  readonly go: () => void;
} {
  let arrive = (): void => undefined;
  let go = (): void => undefined;
  const reached = new Promise<void>((resolve) => (arrive = resolve));
  const going = new Promise<undefined>((resolve) => (go = () => resolve(undefined)));
  const react = async ({ stage }: { readonly stage: string }): Promise<SinkReaction> => {
    if (stage !== wanted) return undefined;
    arrive();
    return going;
  };
  return { react, reached, go: () => go() };
}

test("a transaction that is aborted before the next hop replies to its recipient gives its session back", async () => {
  const { react, reached, go } = waitAt("rcpt");
  const sink = await startSink({ react });
  const pool = poolFor(sink, { connections: 1 });
  const transaction = new NextHopTransaction(pool, mail);
  const replied = transaction.recipient(ann);
  await reached;
  transaction.abort();
  pool.close();
  go();
  await expect(replied).rejects.toMatchObject({ reply: { code: 451, enhancedCode: "4.4.2" } });
  await expect.poll(() => pool.connections).toBe(0);
});

test("a transaction that is aborted before the 354 sends no command into the message", async () => {
  const { react, reached, go } = waitAt("data");
  const sink = await startSink({ react });
  const pool = poolFor(sink, { connections: 1 });
  const transaction = new NextHopTransaction(pool, mail);
  await transaction.recipient(ann);
  const replied = transaction.deliver(message, ascii);
  await reached;
  transaction.abort();
  go();
  expect(await replied).toMatchObject({ code: 250 });
  expect(sink.messages.map(({ bytes }) => bytes.toString())).toEqual([
    "Subject: Lunch\r\n\r\nAt noon?\r\n",
  ]);
});
