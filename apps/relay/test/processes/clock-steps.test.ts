import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { Program, writeConfig } from "../support/program.ts";
import { RawClient } from "../support/raw-client.ts";
import { startSink } from "../support/sinks.ts";

const hourMs = 3_600_000;
const content = "From: joe@example.com\r\nSubject: Lunch\r\n\r\nAt noon?\r\n.\r\n";

async function sendBy(client: RawClient): Promise<string> {
  await client.toData();
  client.send(content);
  return client.reply();
}

describe(
  "a relay whose clock steps by an hour, ahead and back, under load",
  { timeout: 60_000 },
  () => {
    test.each(["proxy", "queue"])("accepts mail, and stops on a signal: mode %s", async (mode) => {
      const directory = temporaryDirectory("test");
      const clockFile = join(directory, "clock");
      const step = (aheadMs: number): void => writeFileSync(clockFile, String(aheadMs));
      step(0);
      const sink = await startSink();
      const { file, port, write } = await writeConfig(sink.port);
      const listener = {
        protocol: "smtp",
        listen: `127.0.0.1:${port}`,
        direction: "outbound",
        mode,
      };
      write({
        listeners: [listener],
        queue: { file: join(directory, "queue.db") },
        limits: { messagesPerMinute: 1000, connectionsPerMinute: 1000, rateExceptions: [] },
      });
      const program = new Program(["--config", file], clockFile);
      await program.line(/"serving"/);
      const client = await RawClient.greeted(port);
      for (const aheadMs of [hourMs, -hourMs, 0, -hourMs]) {
        step(aheadMs);
        expect(await sendBy(client)).toMatch(/^250/);
        expect(await sendBy(await RawClient.greeted(port))).toMatch(/^250/);
      }
      // One message is half sent, and its client stays connected.
      const late = await RawClient.greeted(port);
      await late.toData();
      late.send("From: joe@example.com\r\n");
      step(-hourMs);
      const ended = program.end("SIGTERM");
      await program.line(/"stopping"/);
      step(hourMs);
      late.send("\r\nhi\r\n.\r\n");
      expect(await late.reply()).toMatch(/^250/);
      expect(await ended).toBe(0);
    });
  },
);
