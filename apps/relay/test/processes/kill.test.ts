import { freePort } from "@mailseal/testkit/free-port";
import { submit } from "@mailseal/testkit/smtp-client";
import type { SinkReaction, SmtpSink } from "@mailseal/testkit/smtp-sink";
import { describe, expect, test } from "vitest";
import { Program, writeConfig, type WrittenConfig } from "../support/program.ts";
import { RawClient } from "../support/raw-client.ts";
import { startSink } from "../support/sinks.ts";

const content = "From: joe@example.com\r\nSubject: Lunch\r\n\r\nAt noon?\r\n";
const mail = {
  mailFrom: "<joe@example.com>",
  rcptTo: ["<ann@example.net>"],
  message: Buffer.from(content),
};
/** More than the socket buffers between client and relay hold. */
const large = `${content}${`${"x".repeat(74)}\r\n`.repeat(400_000)}`;

interface HeldSink {
  readonly sink: SmtpSink;
  /** Resolves when the sink reaches the stage. */
  readonly reached: Promise<void>;
  readonly release: (reaction: SinkReaction) => void;
}

/** A sink that stops at the first event of a stage until the test releases it. */
async function startHeldSink(stage: "data" | "content" | "message"): Promise<HeldSink> {
  let release: (reaction: SinkReaction) => void = () => undefined;
  const held = new Promise<SinkReaction>((resolve) => {
    release = resolve;
  });
  let arrive: () => void = () => undefined;
  const reached = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  let isFirst = true;
  const sink = await startSink({
    react: (event) => {
      if (event.stage !== stage || !isFirst) {
        return undefined;
      }
      isFirst = false;
      arrive();
      return held;
    },
  });
  return { sink, reached, release };
}

async function serving({ file }: WrittenConfig): Promise<Program> {
  const program = new Program(["--config", file]);
  await program.line(/"serving"/);
  return program;
}

/** The same files on another port, because another program may use the old one by now. */
async function servingAgain(written: WrittenConfig): Promise<number> {
  const port = await freePort();
  const listen = `127.0.0.1:${port}`;
  written.write({ listeners: [{ protocol: "smtp", listen, direction: "outbound" }] });
  await serving(written);
  return port;
}

/** A client that has sent `octets` after DATA. */
async function clientInData(port: number, octets: string): Promise<RawClient> {
  const client = await RawClient.greeted(port);
  await client.toData();
  client.send(octets);
  return client;
}

/** Kills the relay when the sink reaches a stage of the message, before the client gets a reply. */
async function killedAt(
  stage: Parameters<typeof startHeldSink>[0],
  octets: string,
): Promise<Omit<HeldSink, "reached"> & { readonly written: WrittenConfig }> {
  const { sink, reached, release } = await startHeldSink(stage);
  const written = await writeConfig(sink.port);
  const program = await serving(written);
  const client = await clientInData(written.port, `${octets}.\r\n`);
  await reached;
  await program.end("SIGKILL");
  expect(await client.reply()).toBe("");
  return { sink, release, written };
}

async function expectDeliveredOnRetry(
  sink: SmtpSink,
  port: number,
  message = mail.message,
): Promise<void> {
  const replies = await submit({ ...mail, message, port });
  expect(replies.message).toMatch(/^250/);
  expect(sink.messages).toHaveLength(1);
  expect(sink.messages[0]?.bytes.toString().endsWith(message.toString())).toBe(true);
}

describe("kill -9", { timeout: 120_000 }, () => {
  test("in the middle of the client's DATA: no 250; a retry delivers, once", async () => {
    const sink = await startSink();
    const written = await writeConfig(sink.port);
    const program = await serving(written);
    const client = await clientInData(written.port, content);
    await program.end("SIGKILL");
    expect(await client.reply()).toBe("");
    expect(sink.messages).toEqual([]);
    const port = await servingAgain(written);
    await expectDeliveredOnRetry(sink, port);
  });

  test.each([
    ["before the next hop's 354", "data", content],
    ["in the middle of DATA to the next hop", "content", large],
    ["after the final dot, before the next hop's reply", "message", content],
  ] as const)("%s: no 250; a retry delivers, once", async (_name, stage, octets) => {
    const { sink, release, written } = await killedAt(stage, octets);
    // The next hop drops what it has not acknowledged; in the middle of DATA it reads on to find no end.
    release(stage === "content" ? undefined : "drop");
    const port = await servingAgain(written);
    await expectDeliveredOnRetry(sink, port, Buffer.from(octets));
  });

  test("after the next hop accepted the message, the relay does not send it again", async () => {
    const { sink, release, written } = await killedAt("message", content);
    release(undefined);
    await sink.next();
    const port = await servingAgain(written);
    // Other mail is delivered, and the first message is not delivered again.
    const replies = await submit({ ...mail, mailFrom: "<sue@example.com>", port });
    expect(replies.message).toMatch(/^250/);
    expect(sink.messages.map(({ mailFrom }) => mailFrom.split(" ")[0])).toEqual([
      "<joe@example.com>",
      "<sue@example.com>",
    ]);
  });

  test("of child processes: no 250; they are restarted, and a retry delivers once", async () => {
    const { sink, reached, release } = await startHeldSink("message");
    const written = await writeConfig(sink.port, { processes: 2 });
    const program = await serving(written);
    const client = await clientInData(written.port, `${content}.\r\n`);
    await reached;
    const seen = program.lines.length;
    for (const line of program.lines.filter((it) => it.includes("relay process ready"))) {
      const { process: ended } = JSON.parse(line) as { process: number };
      process.kill(ended, "SIGKILL");
    }
    expect(await client.reply()).toBe("");
    release("drop");
    await program.line(/relay process ready/, seen);
    await expectDeliveredOnRetry(sink, written.port);
  });
});
