import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { SMTPServer } from "smtp-server";
import { expect, test } from "vitest";
import { Program, writeConfig } from "../support/program.ts";
import { afterThisTest } from "../support/relay-under-test.ts";

const messages = 20;
const messageBytes = 50 * 1000 * 1000;

/** A next hop that counts octets and keeps none. */
async function startCounter(): Promise<{ port: number; taken: number[] }> {
  const taken: number[] = [];
  const server = new SMTPServer({
    disabledCommands: ["AUTH", "STARTTLS"],
    disableReverseLookup: true,
    logger: false,
    onData: (stream, _session, done) => {
      let size = 0;
      stream.on("data", (chunk: Buffer) => {
        size += chunk.length;
      });
      stream.on("end", () => {
        taken.push(size);
        done(null, "taken");
      });
    },
  });
  server.on("error", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  afterThisTest(async () => void server.server.close());
  const address = server.server.address();
  return { port: typeof address === "object" ? (address?.port ?? 0) : 0, taken };
}

/** Sends one large message and resolves to the last line of all that was answered. */
async function sendLarge(port: number): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port });
  let answered = "";
  socket.on("data", (chunk: Buffer) => {
    answered += chunk.toString();
  });
  const until = async (pattern: RegExp): Promise<void> => {
    while (!pattern.test(answered)) {
      await once(socket, "data");
    }
  };
  await until(/^220 /m);
  socket.write("EHLO client.test\r\n");
  await until(/^250 /m);
  socket.write("MAIL FROM:<joe@example.com>\r\nRCPT TO:<ann@example.net>\r\nDATA\r\n");
  await until(/^354 /m);
  socket.write("From: joe@example.com\r\n\r\n");
  const piece = Buffer.from(`${"x".repeat(74)}\r\n`.repeat(800));
  for (let sent = 0; sent < messageBytes; sent += piece.length) {
    if (!socket.write(piece)) {
      await once(socket, "drain");
    }
    await turn();
  }
  answered = "";
  socket.write(".\r\n");
  await until(/\r\n/);
  socket.destroy();
  return answered.trim();
}

test("20 messages of 50 MB at once stay under 300 MB", { timeout: 300_000 }, async () => {
  const sink = await startCounter();
  const { file, port } = await writeConfig(sink.port);
  const program = new Program(["--config", file]);
  await program.line(/"serving"/);
  const answers = await Promise.all(Array.from({ length: messages }, () => sendLarge(port)));
  expect(answers.filter((answer) => answer.startsWith("250"))).toHaveLength(messages);
  expect(sink.taken.every((size) => size > messageBytes)).toBe(true);
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(
    readFileSync(`/proc/${program.process.pid}/status`, "utf8"),
  );
  console.log(`peak resident: ${Number(peak?.[1]) / 1024} MB`);
  expect(Number(peak?.[1]) / 1024).toBeLessThan(300);
});
