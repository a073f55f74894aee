import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { startLimited } from "../support/limited-relay.ts";
import { RawClient } from "../support/raw-client.ts";
import { startRelay } from "../support/relay-under-test.ts";
import { startSink } from "../support/sinks.ts";

const header = "From: joe@example.com\r\nSubject: x\r\n";

async function sendMessage(port: number, content: string): Promise<string> {
  const client = await RawClient.greeted(port);
  await client.toData();
  client.send(`${content}.\r\n`);
  return client.reply();
}

describe("limits of a message", () => {
  test.each([
    ["messageSize", { messageSize: 1000 }, `${header}\r\n${"x\r\n".repeat(400)}`, /^552 5\.3\.4/],
    ["headerSize", { headerSize: 500 }, `${header}${"X-A: b\r\n".repeat(80)}\r\n`, /^552 5\.3\.4/],
    ["headerFields", { headerFields: 20 }, `${header}${"X: y\r\n".repeat(20)}\r\n`, /^552 5\.3\.4/],
    ["hops", {}, `${"Received: x\r\n".repeat(101)}${header}\r\n`, /^554 5\.4\.6/],
    ["lineLength", { lineLength: 2000 }, `${header}\r\n${"x".repeat(1500)}\r\n`, /^250/],
    [
      "a shorter lineLength",
      { lineLength: 990 },
      `${header}\r\n${"x".repeat(991)}\r\n`,
      /^554 5\.6\.0/,
    ],
    [
      "a line as long as it may be",
      { lineLength: 78 },
      `${header}\r\n${"x".repeat(78)}\r\n`,
      /^250/,
    ],
    ["memory", { memory: 100 }, `${header}\r\n${"x\r\n".repeat(100)}`, /^452 4\.3\.1/],
  ])("%s", async (_name, limits, content, reply) => {
    const { port, sink, relay } = await startLimited(limits);
    expect(await sendMessage(port, content)).toMatch(reply);
    expect(sink.messages).toHaveLength(reply.source.includes("250") ? 1 : 0);
    expect(relay.load.spoolBytes).toBe(0);
    // The relay goes on serving.
    expect(await sendMessage(port, `${header}\r\n`)).toMatch(/^250/);
  });

  test("a declared size is refused at MAIL", async () => {
    const { port } = await startLimited({ messageSize: 1000 });
    const client = await RawClient.greeted(port);
    expect(await client.ask("MAIL FROM:<a@example.com> SIZE=1001")).toMatch(/^552 5\.3\.4/);
  });

  test("recipients", async () => {
    const { port } = await startLimited({ recipients: 2 });
    const client = await RawClient.greeted(port);
    await client.ask("MAIL FROM:<a@example.com>");
    const replies = [];
    for (const name of ["a", "b", "c"]) {
      replies.push(await client.ask(`RCPT TO:<${name}@example.net>`));
    }
    expect(replies.map((reply) => reply.slice(0, 9))).toEqual([
      "250 2.1.5",
      "250 2.1.5",
      "452 4.5.3",
    ]);
  });

  test("a large message goes to an unlinked file, and arrives complete", async () => {
    const directory = temporaryDirectory("test");
    const sink = await startSink();
    const { port, relay } = await startRelay({
      nextHopPort: sink.port,
      config: { spoolDirectory: directory, limits: { spillSize: 1000 } },
    });
    const content = `${header}\r\n${".. some text\r\n".repeat(100_000)}`;
    const client = await RawClient.greeted(port);
    await client.toData();
    client.send(content.replaceAll(/^\./gm, ".."));
    expect(readdirSync(directory)).toEqual([]);
    client.send(".\r\n");
    expect(await client.reply()).toMatch(/^250/);
    expect(sink.messages[0]?.bytes.toString().endsWith(content)).toBe(true);
    expect(readdirSync(directory)).toEqual([]);
    expect(relay.load.spoolBytes).toBe(0);
  });

  test("no room on the disk", async () => {
    const sink = await startSink();
    const { port, log } = await startRelay({
      nextHopPort: sink.port,
      config: { spoolDirectory: "/nonexistent", limits: { spillSize: 10 } },
    });
    expect(await sendMessage(port, `${header}\r\nhi\r\n`)).toMatch(/^452 4\.3\.1/);
    expect(sink.messages).toEqual([]);
    expect(log().find(({ msg }) => msg === "message")?.["fault"]).toMatch(/ENOENT/);
  });

  test("a full disk", async (context) => {
    const directory = temporaryDirectory("test");
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", directory], {
        stdio: "ignore",
      });
    } catch {
      context.skip("no right to mount a tmpfs here");
    }
    try {
      const sink = await startSink();
      const { port, log } = await startRelay({
        nextHopPort: sink.port,
        config: { spoolDirectory: directory, limits: { spillSize: 1000 } },
      });
      const large = `${header}\r\n${"some text\r\n".repeat(100_000)}`;
      expect(await sendMessage(port, large)).toMatch(/^452 4\.3\.1/);
      expect(log().find(({ msg }) => msg === "message")?.["fault"]).toMatch(/ENOSPC/);
      expect(await sendMessage(port, `${header}\r\n${"some text\r\n".repeat(1000)}`)).toMatch(
        /^250/,
      );
    } finally {
      execFileSync("umount", ["-l", directory]);
    }
  });
});
