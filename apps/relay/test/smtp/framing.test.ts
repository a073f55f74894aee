import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RawClient } from "../support/raw-client.ts";
import { passingPipeline, startRelay } from "../support/relay-under-test.ts";
import { startSink } from "../support/sinks.ts";

const header = "From: joe@example.com\r\nSubject: x\r\n\r\n";
/** The part that a smuggler wants the receiver to read as a second message. */
const second =
  "MAIL FROM:<eve@example.com>\r\nRCPT TO:<ann@example.net>\r\nDATA\r\nSubject: smuggled\r\n\r\nx";

/** Sequences that some server has taken for the end of DATA, and should not. */
const falseEnds = [
  "\n.\n",
  "\n.\r\n",
  "\r.\r",
  "\r.\r\n",
  "\r\n.\n",
  "\r\n.\r",
  "\n.\r",
  "\r.\n",
  "\r\r\n.\r\r\n",
  "\r\n\0.\r\n",
  "\r\n.\0\r\n",
  "\n\n.\n\n",
  "\r\n.\r\r\n",
];

describe("SMTP smuggling", () => {
  test.each(falseEnds.map((end) => [JSON.stringify(end), end]))(
    "%s makes the relay refuse the whole message",
    async (_name, end) => {
      const sink = await startSink();
      const { port } = await startRelay({ nextHopPort: sink.port });
      const client = await RawClient.greeted(port);
      await client.toData();
      client.send(`${header}first${end}${second}\r\n.\r\n`);
      expect(await client.reply()).toMatch(/^554 5\.6\.0/);
      // The refused message was one message: the session is at its next command.
      expect(await client.ask("NOOP")).toMatch(/^250/);
      expect(sink.messages).toEqual([]);
    },
  );

  test.each(
    falseEnds.filter((end) => !end.includes("\0")).map((end) => [JSON.stringify(end), end]),
  )("%s is one message with its lines mended, where the listener says fix", async (_name, end) => {
    const sink = await startSink();
    const { port } = await startRelay({
      nextHopPort: sink.port,
      listener: { lineEndings: "fix" },
    });
    const client = await RawClient.greeted(port);
    await client.toData();
    client.send(`${header}first${end}${second}\r\n.\r\n`);
    expect(await client.reply()).toMatch(/^250/);
    expect(sink.messages).toHaveLength(1);
    const text = sink.messages[0]?.bytes.toString("latin1") ?? "";
    expect(text).toContain("Subject: smuggled");
    expect(text.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
  });
});

describe("the content of a message", () => {
  test.each([
    ["a NUL", "a\0b\r\n", /^554 5\.6\.0/],
    ["a bare CR at the end", "a\r\r\n", /^554 5\.6\.0/],
    ["a line of 998", `${"x".repeat(998)}\r\n`, /^250/],
    ["a line of 999", `${"x".repeat(999)}\r\n`, /^554 5\.6\.0/],
    ["8-bit octets", "\xe9\xff\x80\r\n", /^250/],
    ["a dot alone", ".\r\n..\r\n.x\r\n", /^250/],
    ["nothing", "", /^250/],
  ])("%s", async (_name, body, reply) => {
    const sink = await startSink();
    const { port } = await startRelay({ nextHopPort: sink.port });
    const client = await RawClient.greeted(port);
    await client.toData();
    client.send(`${header}${body.replaceAll(/^\./gm, "..")}.\r\n`);
    expect(await client.reply()).toMatch(reply);
    const [taken] = sink.messages;
    expect(taken?.bytes.toString("latin1").endsWith(`${header}${body}`) ?? false).toBe(
      reply.source.includes("250"),
    );
  });

  test.each([
    ["8-bit", "Subject: caf\xe9\r\n"],
    ["UTF-8", Buffer.from("Subject: café 日本\r\n").toString("latin1")],
  ])("%s header octets pass as they are", async (_name, field) => {
    const sink = await startSink();
    const { port } = await startRelay({ nextHopPort: sink.port });
    const client = await RawClient.greeted(port);
    await client.toData();
    client.send(`From: joe@example.com\r\n${field}\r\nhi\r\n.\r\n`);
    expect(await client.reply()).toMatch(/^250/);
    expect(sink.messages[0]?.bytes.toString("latin1")).toContain(field);
  });

  test(
    "any clean content arrives byte for byte, in chunks of any size",
    { timeout: 120_000 },
    async () => {
      const sink = await startSink();
      const { port } = await startRelay({ nextHopPort: sink.port, pipeline: passingPipeline() });
      const client = await RawClient.greeted(port);
      const line = fc
        .array(fc.constantFrom(".", "..", "a", "\xff", " ", "\t", ". ", "b."), { maxLength: 5 })
        .map((parts) => `${parts.join("")}\r\n`);
      await fc.assert(
        fc.asyncProperty(
          fc.array(line, { maxLength: 12 }),
          fc.array(fc.nat({ max: 80 }), { maxLength: 6 }),
          async (lines, cuts) => {
            const body = lines.join("");
            const sent = `${header}${body}`.replaceAll(/^\./gm, "..");
            await client.toData();
            const whole = Buffer.from(`${sent}.\r\n`, "latin1");
            let start = 0;
            for (const cut of cuts.toSorted((one, other) => one - other)) {
              client.send(whole.subarray(start, cut));
              start = Math.max(start, cut);
              await new Promise((resolve) => setImmediate(resolve));
            }
            client.send(whole.subarray(start));
            expect(await client.reply()).toMatch(/^250/);
            const taken = sink.messages.at(-1)?.bytes.toString("latin1") ?? "";
            expect(taken.slice(taken.indexOf("From: joe"))).toBe(`${header}${body}`);
          },
        ),
        { numRuns: 60 },
      );
    },
  );
});
