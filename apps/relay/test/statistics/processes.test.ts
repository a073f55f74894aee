import { request } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { parseSnapshot, totalOf } from "@mailseal/stats";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { submit } from "@mailseal/testkit/smtp-client";
import { describe, expect, test } from "vitest";
import { Program, writeConfig } from "../support/program.ts";
import { startSink } from "../support/sinks.ts";

const message = Buffer.from("From: joe@example.com\r\nSubject: Lunch\r\n\r\nAt noon?\r\n");
const mail = { mailFrom: "<joe@example.com>", rcptTo: ["<ann@example.net>"], message };

function ask(socketPath: string, method: string, path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, method, path }, (response) => {
      text(response).then((body) => resolve(JSON.parse(body)), reject);
    });
    asked.on("error", reject);
    asked.end();
  });
}

async function signed(adminSocket: string): Promise<number> {
  return totalOf(parseSnapshot(await ask(adminSocket, "GET", "/stats")), "signing").signed;
}

/** Asks until the count is reached, because processes report each second. */
async function untilSigned(adminSocket: string, expected: number): Promise<void> {
  while ((await signed(adminSocket)) < expected);
}

async function send(port: number, count: number): Promise<void> {
  for (let left = count; left > 0; left -= 10) {
    await Promise.all(Array.from({ length: Math.min(10, left) }, () => submit({ ...mail, port })));
  }
}

describe("several processes", { timeout: 90_000 }, () => {
  test("count each message once, across a reset, a stop and a kill -9", async () => {
    const sink = await startSink();
    const statistics = { file: join(temporaryDirectory("test"), "statistics"), interval: "200ms" };
    const { file, port, adminSocket } = await writeConfig(sink.port, { processes: 2, statistics });
    const first = new Program(["--config", file]);
    await first.line(/"serving"/);
    await send(port, 60);
    await untilSigned(adminSocket, 60);
    expect(await ask(adminSocket, "POST", "/stats/reset")).toEqual({ reset: true });
    expect(await signed(adminSocket)).toBe(0);
    await send(port, 40);
    // Counts that were not reported yet are reported at the stop.
    await first.end("SIGTERM");

    const second = new Program(["--config", file]);
    await second.line(/"serving"/);
    expect(await signed(adminSocket)).toBe(40);
    await send(port, 10);
    await untilSigned(adminSocket, 50);
    await ask(adminSocket, "POST", "/stats/reset");
    await second.end("SIGKILL");

    const third = new Program(["--config", file]);
    await third.line(/"serving"/);
    // The reset was answered, so it was durable.
    expect(await signed(adminSocket)).toBe(0);
    await third.end("SIGTERM");
  });
});
