import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { startLimited } from "../support/limited-relay.ts";
import { RawClient } from "../support/raw-client.ts";
import { startRelay } from "../support/relay-under-test.ts";
import { startSink } from "../support/sinks.ts";

describe("limits of a session", () => {
  test("commands", async () => {
    const { port } = await startLimited({ commandsPerSession: 10 });
    const client = await RawClient.greeted(port);
    for (let count = 1; count < 10; count++) {
      expect(await client.ask("NOOP")).toMatch(/^250/);
    }
    expect(await client.ask("NOOP")).toMatch(/^421 4\.7\.0/);
    expect(await client.reply()).toBe("");
  });

  test("commands are not limited for a client that keeps sending mail", async () => {
    const { port } = await startLimited({ commandsPerSession: 10 });
    const client = await RawClient.greeted(port);
    for (let count = 0; count < 20; count++) {
      expect(await client.ask("MAIL FROM:<joe@example.com>")).toMatch(/^250/);
      expect(await client.ask("RCPT TO:<ann@example.net>")).toMatch(/^250/);
      expect(await client.ask("DATA")).toMatch(/^354/);
      expect(await client.ask("From: joe@example.com\r\n\r\nhi\r\n.")).toMatch(/^250/);
    }
    for (let count = 0; count < 10; count++) {
      expect(await client.ask("NOOP")).toMatch(/^250/);
    }
    expect(await client.ask("NOOP")).toMatch(/^421 4\.7\.0/);
  });

  test("errors", async () => {
    const { port } = await startLimited({ errorsPerSession: 3 });
    const client = await RawClient.greeted(port);
    for (let count = 0; count < 4; count++) {
      expect(await client.ask("RCPT TO:<a@example.com>")).toMatch(/^503/);
    }
    expect(await client.reply()).toMatch(/^421 4\.7\.0/);
  });

  test("time for a command, if the client is silent or sends one octet at a time", async () => {
    const { port } = await startLimited({ commandTimeout: 0.3 });
    const silent = await RawClient.greeted(port);
    const trickling = await RawClient.greeted(port);
    const timer = setInterval(() => trickling.send("N"), 50);
    expect(await silent.reply()).toMatch(/^421 4\.4\.2/);
    expect(await trickling.reply()).toMatch(/^421 4\.4\.2/);
    clearInterval(timer);
  });

  test("time for a message", async () => {
    const { port, sink } = await startLimited({ dataTimeout: 0.4, commandTimeout: 0.3 });
    const client = await RawClient.greeted(port);
    await client.toData();
    const timer = setInterval(() => client.send("x\r\n"), 50);
    expect(await client.reply()).toMatch(/^421 4\.4\.2/);
    clearInterval(timer);
    expect(sink.messages).toEqual([]);
  });
});

describe("a client that talks before the greeting", () => {
  async function startGreeting(greetingDelay: string, limits: Record<string, unknown> = {}) {
    const sink = await startSink();
    return startRelay({
      nextHopPort: sink.port,
      listener: { greetingDelay },
      config: { limits },
    });
  }

  test("is refused without delay if its octets arrive with the connection", async () => {
    const { port, log } = await startGreeting("0s");
    const client = await RawClient.connect(port, "127.0.0.1", "EHLO client.test\r\n");
    expect(await client.reply()).toMatch(/^554 5\.5\.1/);
    expect(await client.reply()).toBe("");
    expect(log().some(({ msg }) => msg === "client talked before the greeting")).toBe(true);
  });

  test("is refused for a part of a command within greetingDelay", async () => {
    const { port } = await startGreeting("1h", { rateExceptions: [] });
    const client = await RawClient.connect(port);
    client.send("E");
    expect(await client.reply()).toMatch(/^554 5\.5\.1/);
    expect(await client.reply()).toBe("");
  });

  test("gets the greeting without delay on loopback", async () => {
    const { port } = await startGreeting("1h");
    const client = await RawClient.connect(port);
    expect(await client.reply()).toMatch(/^220 /);
  });

  test("gets one reply, and the connection ends", async () => {
    const sink = await startSink();
    const { port } = await startRelay({
      nextHopPort: sink.port,
      listener: { greetingDelay: "1s" },
      config: { limits: { rateExceptions: [] } },
    });
    const socket = connect(port, "127.0.0.1");
    socket.write("EHLO early.example\r\n");
    expect(await text(socket)).toBe("554 5.5.1 commands before the greeting are refused\r\n");
  });
});

describe("local parts", () => {
  test.each(['"a b"', '"a@b"', '"a\\"b"', '"a>b"', "o'neil+tag"])(
    "%s is taken, and passed on as it is",
    async (local) => {
      const sink = await startSink();
      const { port } = await startRelay({ nextHopPort: sink.port });
      const client = await RawClient.greeted(port);
      expect(await client.ask(`MAIL FROM:<${local}@example.com>`)).toMatch(/^250/);
      expect(await client.ask(`RCPT TO:<${local}@example.net>`)).toMatch(/^250/);
      expect(await client.ask("DATA")).toMatch(/^354/);
      expect(await client.ask("From: a@example.com\r\n\r\nhi\r\n.")).toMatch(/^250/);
      expect(JSON.stringify(sink.messages)).toContain(
        JSON.stringify(`${local}@example.net`).slice(1, -1),
      );
    },
  );

  test.each(['a"b', '"a"b', "a b", 'a"b"', "a,b", '"a', '"a\\"', '"a"@b', "a(b)", "a\\b"])(
    "%s is refused",
    async (local) => {
      const sink = await startSink();
      const { port } = await startRelay({ nextHopPort: sink.port });
      const client = await RawClient.greeted(port);
      expect(await client.ask(`MAIL FROM:<${local}@example.com>`)).toMatch(/^501/);
      await client.ask("MAIL FROM:<>");
      expect(await client.ask(`RCPT TO:<${local}@example.com>`)).toMatch(/^501/);
    },
  );
});
