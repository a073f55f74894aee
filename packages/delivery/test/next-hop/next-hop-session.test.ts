import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConnectionLost, DotStuffer } from "../../src/next-hop/next-hop-session.ts";
import { cutAt } from "../support/cut-at.ts";
import { openTo, startSink } from "../support/next-hop.ts";

const envelope = ["MAIL FROM:<joe@example.com>", "RCPT TO:<ann@example.net>", "DATA"];

describe("commands", () => {
  test.each([[["PIPELINING"]], [[]]])(
    "get their replies in order, with the host, if the next hop has %j",
    async (extensions) => {
      const sink = await startSink({
        extensions,
        react: ({ stage, line }) =>
          stage === "rcpt" && line.includes("nobody") ? "550 5.1.1 No such user" : undefined,
      });
      const session = await openTo(sink);
      const replies = await session.exchange([
        "MAIL FROM:<joe@example.com>",
        "RCPT TO:<nobody@example.net>",
        "RCPT TO:<ann@example.net>",
      ]);
      expect(replies.map(({ code, enhancedCode }) => [code, enhancedCode])).toEqual([
        [250, "2.1.0"],
        [550, "5.1.1"],
        [250, "2.1.5"],
      ]);
      expect(replies.map(({ host }) => host)).toEqual(Array(3).fill("127.0.0.1"));
    },
  );

  test("reject if the connection ends, also those that are sent afterwards", async () => {
    const sink = await startSink({ react: ({ stage }) => (stage === "mail" ? "drop" : undefined) });
    const session = await openTo(sink);
    let losses = 0;
    session.onLost(() => losses++);
    await expect(session.exchange(["MAIL FROM:<>"])).rejects.toThrow(ConnectionLost);
    await expect(session.exchange(["NOOP"])).rejects.toThrow(ConnectionLost);
    session.destroy("once more");
    expect([session.isAlive, losses]).toEqual([false, 1]);
  });

  test("reject if no reply arrives in time", async () => {
    const sink = await startSink({ react: ({ stage }) => (stage === "mail" ? "hang" : undefined) });
    const session = await openTo(sink, { commandTimeout: 50 });
    await expect(session.exchange(["MAIL FROM:<>"])).rejects.toThrow(
      "the next hop did not reply within 50 ms",
    );
  });

  test("get the reply 421, which ends the session", async () => {
    const sink = await startSink({
      react: ({ stage }) => (stage === "mail" ? "421 4.3.2 Closing" : undefined),
    });
    const session = await openTo(sink);
    expect(await session.exchange(["MAIL FROM:<>"])).toMatchObject([{ code: 421 }]);
    expect(session.isAlive).toBe(false);
  });

  test.each(["250 2.1.0 Ok\r\n250 2.1.0 once more", "250 2.1.0 Ok\r\nnot SMTP"])(
    "get their reply, and octets that nothing asked for end the session: %j",
    async (reply) => {
      const sink = await startSink({
        react: ({ stage }) => (stage === "mail" ? reply : undefined),
      });
      const session = await openTo(sink);
      expect(await session.exchange(["MAIL FROM:<>"])).toMatchObject([{ code: 250 }]);
      await expect.poll(() => session.isAlive).toBe(false);
    },
  );
});

describe("a message", () => {
  test("arrives as it is, and its reply is that of the final dot", async () => {
    const sink = await startSink();
    const session = await openTo(sink);
    await session.exchange(envelope);
    const pieces = ["Subject: x\r\n\r\n.", ".\r\n.dots\r", "\n", "a".repeat(300_000), "\r\n"];
    let sent = 0;
    const reply = await session.transmit(
      pieces.map((piece) => Buffer.from(piece)),
      () => sent++,
    );
    expect([reply.code, sent]).toEqual([250, 1]);
    expect(sink.messages.map(({ bytes }) => bytes.toString())).toEqual([pieces.join("")]);
  });

  test("that cannot be read to its end is not delivered in part", async () => {
    const sink = await startSink();
    const session = await openTo(sink);
    await session.exchange(envelope);
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from("Subject: x\r\n\r\n");
      throw new Error("the disk is gone");
    };
    await expect(session.transmit(broken(), () => undefined)).rejects.toThrow("the disk is gone");
    expect(session.isAlive).toBe(false);
    expect(sink.messages).toEqual([]);
  });

  test("that is answered before its end was never sent, and ends the session", async () => {
    const sink = await startSink({
      react: ({ stage }) => (stage === "content" ? "250 2.0.0 Thanks" : undefined),
    });
    const session = await openTo(sink);
    await session.exchange(envelope);
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      for (;;) {
        yield Buffer.from(`${"a".repeat(998)}\r\n`.repeat(200));
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    let sent = 0;
    expect(await session.transmit(endless(), () => sent++)).toMatchObject({ code: 250 });
    expect([sent, session.isAlive]).toEqual([0, false]);
    expect(sink.messages).toEqual([]);
  });
});

test("DotStuffer: a receiver that takes the dots away again has the same lines", () => {
  const line = fc.constantFrom(".", "..", "a.", "", ".a", "b").map((text) => `${text}\r\n`);
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat({ max: 40 })), (lines, cuts) => {
      const stuffer = new DotStuffer();
      const sent = cutAt(Buffer.from(lines.join("")), cuts).map((piece) => stuffer.push(piece));
      const text = Buffer.concat([...sent, Buffer.from(stuffer.end())]).toString();
      expect(text.indexOf("\r\n.\r\n")).toBe(lines.length === 0 ? -1 : text.length - 5);
      expect(text.slice(0, -3).replaceAll(/^\./gm, "")).toBe(lines.join(""));
    }),
  );
});
