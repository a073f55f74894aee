import { describe, expect, test } from "vitest";
import { attempt, type Delivery } from "../src/attempt.ts";
import { messageOf, poolFor, startSink } from "./support/next-hop.ts";

const ann = { address: "ann@example.net" };

function delivery(changes: Partial<Delivery> = {}): Delivery {
  return {
    mail: { from: "joe@example.com", eightBit: false, smtpUtf8: false },
    recipients: [ann],
    message: messageOf("Subject: Lunch\r\n\r\nAt noon?\r\n"),
    needs: { ascii: true, asciiHeader: true },
    ...changes,
  };
}

test("each recipient has the outcome of its own reply", async () => {
  const sink = await startSink({
    react: ({ stage, line }) => {
      if (stage !== "rcpt") return undefined;
      if (line.includes("nobody")) return "550 5.1.1 No such user";
      return line.includes("later") ? "450 4.2.1 Later" : undefined;
    },
  });
  const recipients = ["nobody", "ann", "later"].map((name) => ({ address: `${name}@example.net` }));
  const { outcomes, takesDsn } = await attempt(poolFor(sink), delivery({ recipients }));
  expect(outcomes).toMatchObject([
    { recipient: recipients[0], outcome: "failed", reply: { enhancedCode: "5.1.1" } },
    { recipient: recipients[1], outcome: "delivered", reply: { code: 250 } },
    { recipient: recipients[2], outcome: "deferred", reply: { enhancedCode: "4.2.1" } },
  ]);
  expect(takesDsn).toBe(true);
  expect(sink.messages.map(({ rcptTo }) => rcptTo)).toEqual([["<ann@example.net>"]]);
});

describe("nothing counts as delivered", () => {
  test.each([
    ["250 2.0.0 Ok", "deferred", 451],
    ["220 What", "deferred", 451],
    ["334 Go on", "deferred", 334],
    ["421 4.3.2 Closing", "deferred", 421],
    ["554 5.5.0 No", "failed", 554],
  ])("if the reply to DATA is %s in place of 354", async (reply, outcome, code) => {
    const sink = await startSink({
      react: ({ stage }) => (stage === "data" ? reply : undefined),
    });
    const { outcomes } = await attempt(poolFor(sink), delivery());
    expect(outcomes).toMatchObject([{ outcome, reply: { code } }]);
    expect(sink.messages).toEqual([]);
  });

  test("if the next hop accepts the message before its end", async () => {
    const sink = await startSink({
      react: ({ stage }) => (stage === "content" ? "250 2.0.0 Thanks" : undefined),
    });
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      for (;;) {
        yield Buffer.from(`${"a".repeat(998)}\r\n`.repeat(200));
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const message = { sizeBytes: 1000, chunks: endless };
    const { outcomes } = await attempt(poolFor(sink), delivery({ message }));
    expect(outcomes).toMatchObject([{ outcome: "deferred", reply: { enhancedCode: "4.5.0" } }]);
    expect(sink.messages).toEqual([]);
  });

  test("if the connection ends before the reply to the message: it may be delivered twice", async () => {
    const sink = await startSink({
      react: ({ stage }) => (stage === "message" ? "drop" : undefined),
    });
    const { outcomes } = await attempt(poolFor(sink), delivery());
    expect(outcomes).toMatchObject([
      {
        outcome: "deferred",
        reply: {
          enhancedCode: "4.4.2",
          text: expect.stringContaining("it may be delivered twice"),
        },
      },
    ]);
  });

  test("if the sender is refused", async () => {
    const sink = await startSink({
      react: ({ stage }) => (stage === "mail" ? "550 5.7.1 Not from you" : undefined),
    });
    const { outcomes } = await attempt(poolFor(sink), delivery());
    expect(outcomes).toMatchObject([{ outcome: "failed", reply: { enhancedCode: "5.7.1" } }]);
  });

  test("if the message cannot be read to its end", async () => {
    const sink = await startSink();
    const pool = poolFor(sink);
    const chunks = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from("Subject: Lunch\r\n\r\n");
      throw new Error("the disk is gone");
    };
    const message = { sizeBytes: 1000, chunks };
    await expect(attempt(pool, delivery({ message }))).rejects.toThrow("the disk is gone");
    expect(sink.messages).toEqual([]);
    expect(pool.connections).toBe(0);
  });
});

test("a connection that went stale while it was idle is replaced, and the message is sent once", async () => {
  const sink = await startSink({
    react: ({ stage, connection, taken }) =>
      stage === "mail" && connection === 0 && taken > 0 ? "drop" : undefined,
  });
  const pool = poolFor(sink);
  for (const _ of [1, 2]) {
    expect((await attempt(pool, delivery())).outcomes).toMatchObject([{ outcome: "delivered" }]);
  }
  expect(sink.messages.map(({ connection }) => connection)).toEqual([0, 1]);
});

test("a new connection that ends at MAIL is not tried again in the same attempt", async () => {
  const sink = await startSink({ react: ({ stage }) => (stage === "mail" ? "drop" : undefined) });
  const { outcomes } = await attempt(poolFor(sink), delivery());
  expect(outcomes).toMatchObject([{ outcome: "deferred", reply: { enhancedCode: "4.4.2" } }]);
  expect(sink.connections).toBe(1);
});

test("content that the next hop does not support fails, and an unsupported address is the better reason", async () => {
  const sink = await startSink({ extensions: ["PIPELINING"] });
  const { outcomes } = await attempt(
    poolFor(sink),
    delivery({
      recipients: [ann, { address: "añn@example.net" }],
      needs: { ascii: false, asciiHeader: true },
    }),
  );
  expect(outcomes).toMatchObject([
    { outcome: "failed", reply: { enhancedCode: "5.6.3" } },
    { outcome: "failed", reply: { enhancedCode: "5.6.7" } },
  ]);
  expect(sink.messages).toEqual([]);
});
