import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { freePort } from "@mailseal/testkit/free-port";
import { submit } from "@mailseal/testkit/smtp-client";
import { describe, expect, test } from "vitest";
import { Program, writeConfig } from "../support/program.ts";
import { RawClient } from "../support/raw-client.ts";
import { startSink } from "../support/sinks.ts";

const mail = {
  mailFrom: "<joe@example.com>",
  rcptTo: ["<ann@example.net>"],
  message: Buffer.from("From: joe@example.com\r\nSubject: Lunch\r\n\r\nAt noon?\r\n"),
};
const content = mail.message.toString();

function queueListener(port: number): Record<string, unknown> {
  return { protocol: "smtp", listen: `127.0.0.1:${port}`, direction: "outbound", mode: "queue" };
}

async function ask(
  socketPath: string,
  method: string,
  path: string,
): Promise<{ status: number | undefined; body: unknown }> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, method, path }, (response) => {
      text(response).then(
        (body) => resolve({ status: response.statusCode, body: JSON.parse(body) as unknown }),
        reject,
      );
    });
    asked.on("error", reject);
    asked.end();
  });
}

describe("one process", { timeout: 60_000 }, () => {
  test("--health asks the running relay, and ends with 1 if none runs", async () => {
    const { file, adminSocket } = await writeConfig(await freePort());
    const health = async (): Promise<readonly [number | null, readonly string[]]> => {
      const asking = new Program(["--config", file, "--health"]);
      const [code] = (await once(asking.process, "close")) as [number | null];
      return [code, asking.lines];
    };
    const relay = new Program(["--config", file]);
    await relay.line(/"serving"/);
    expect(await health()).toEqual([0, []]);
    expect(await relay.end("SIGTERM")).toBe(0);
    expect(await health()).toEqual([
      1,
      [
        `mailseal-relay: admin.listen unix:${adminSocket}: there is no such socket. Is the program running with this config?`,
      ],
    ]);
  });

  test("serves, answers at the admin socket, and ends after the message in flight", async () => {
    let answer: (reply: undefined) => void = () => undefined;
    const held = new Promise<undefined>((resolve) => {
      answer = resolve;
    });
    let arrived: (value: undefined) => void = () => undefined;
    const atMessage = new Promise<undefined>((resolve) => {
      arrived = resolve;
    });
    const sink = await startSink({
      react: ({ stage, taken }) => {
        if (stage === "message" && taken === 1) {
          arrived(undefined);
          return held;
        }
        return undefined;
      },
    });
    const { file, port, adminSocket } = await writeConfig(sink.port);
    const program = new Program(["--config", file]);
    await program.line(/"serving"/);
    const replies = await submit({ ...mail, port });
    expect(replies.message).toMatch(/^250/);
    expect(await ask(adminSocket, "GET", "/ready")).toEqual({ status: 200, body: { ready: true } });
    const client = await RawClient.greeted(port);
    await client.toData();
    client.send(`${content}.\r\n`);
    await atMessage;
    const ended = program.end("SIGTERM");
    await program.line(/"stopping"/);
    answer(undefined);
    expect(await client.reply()).toMatch(/^250/);
    expect(await ended).toBe(0);
    expect(sink.messages).toHaveLength(2);
    expect(program.lines.filter((line) => line.includes('"msg":"message"'))).toHaveLength(2);
  });

  test("SIGHUP applies a valid config and keeps the previous one if the new one is invalid", async () => {
    const sink = await startSink();
    const { file, port, write, adminSocket } = await writeConfig(sink.port);
    const program = new Program(["--config", file]);
    await program.line(/"serving"/);
    const client = await RawClient.greeted(port);
    write({ limits: { recipients: "many" } });
    program.process.kill("SIGHUP");
    expect(await program.line(/not reloaded/)).toContain("limits.recipients");
    expect(await ask(adminSocket, "POST", "/reload")).toMatchObject({ status: 422 });
    writeFileSync(file, "");
    program.process.kill("SIGHUP");
    expect(await program.line(/at least one listener.*not reloaded/)).toContain(file);
    expect(await client.ask("NOOP")).toMatch(/^250/);
    write({ hostname: "renamed.test" });
    expect(await ask(adminSocket, "POST", "/reload")).toMatchObject({ status: 200 });
    await submit({ ...mail, port });
    expect(sink.messages[0]?.bytes.toString()).toContain("by renamed.test (Mailseal)");
    expect(await ask(adminSocket, "GET", "/config")).toMatchObject({
      body: { hostname: "renamed.test" },
    });
  });

  test("logs that the config uses workers, the former name of processes", async () => {
    const { file } = await writeConfig(25, { workers: 1 });
    const program = new Program(["--config", file]);
    expect(await program.line(/former name of an option/)).toContain(
      "warning: workers: this option is now called processes",
    );
    await program.line(/"serving"/);
  });

  test("reports the options that need a restart, for both ways to reload", async () => {
    const { file, write, adminSocket } = await writeConfig(25);
    const program = new Program(["--config", file]);
    await program.line(/"serving"/);
    const seen = program.lines.length;
    write({ processes: 2, log: { level: "warn" }, hostname: "renamed.test" });
    const warning = "processes, log: changed, and in force only after a restart of mailseal-relay";
    expect(await ask(adminSocket, "POST", "/reload")).toEqual({
      status: 200,
      body: { reloaded: true, warning },
    });
    expect(await program.line(/config reloaded/, seen)).toContain(warning);
    // The warning is repeated until the restart, or until the options are changed back.
    program.process.kill("SIGHUP");
    await expect.poll(() => program.lines.filter((line) => line.includes(warning))).toHaveLength(2);
    write({ hostname: "renamed.test" });
    expect(await ask(adminSocket, "POST", "/reload")).toEqual({
      status: 200,
      body: { reloaded: true },
    });
  });

  test.each([
    [["--config", "/nonexistent.yaml"], 1, /nonexistent\.yaml/],
    [[], 2, /^mailseal-relay: --config <file> is missing, or a command such as demo; see --help$/],
    [["--conf"], 2, /unknown option/],
    [["--help"], 0, /Exit codes:\n {2}0 {3}stopped as asked/],
    [["demo", "--help"], 0, /Ctrl-C stops\s+the demo/],
    [["nonsense"], 2, /got 1: nonsense; see --help$/],
  ])("%j ends with %i", async (args, code, line) => {
    const program = new Program(args);
    await new Promise((resolve) => program.process.on("close", resolve));
    expect(program.process.exitCode).toBe(code);
    expect(program.lines.join("\n")).toMatch(line);
  });

  test("--check opens what the config names", async () => {
    const { file } = await writeConfig(25);
    const program = new Program(["--config", file, "--check"]);
    await new Promise((resolve) => program.process.on("close", resolve));
    expect(program.process.exitCode).toBe(0);
    expect(program.lines).toEqual([]);
  });

  test("--check refuses a config without listeners", async () => {
    const { file, write } = await writeConfig(25);
    write({ listeners: [] });
    const program = new Program(["--config", file, "--check"]);
    await new Promise((resolve) => program.process.on("close", resolve));
    expect(program.process.exitCode).toBe(1);
    expect(program.lines).toEqual([
      `mailseal-relay: ${file}: listeners: expected at least one listener, got none; add one, or complete the file`,
    ]);
  });

  test("--check does not create a queue", async () => {
    const { file, write, port } = await writeConfig(25);
    const queueFile = join(temporaryDirectory("test"), "new", "queue.db");
    write({ listeners: [queueListener(port)], queue: { file: queueFile } });
    const program = new Program(["--config", file, "--check"]);
    await new Promise((resolve) => program.process.on("close", resolve));
    expect([program.process.exitCode, program.lines]).toEqual([0, []]);
    expect(existsSync(dirname(queueFile))).toBe(false);
  });
});

describe("a queue that cannot be used", { timeout: 120_000 }, () => {
  const starts = [
    [["--check"], {}],
    [[], {}],
    [[], { processes: 2 }],
  ] as const;

  test.each(starts)(
    "ends %j with one line and exit 1 (%j): not a queue file",
    async (args, more) => {
      const { file, write, port } = await writeConfig(25);
      const junk = join(temporaryDirectory("test"), "queue.db");
      writeFileSync(junk, "junk".repeat(9999));
      write({ listeners: [queueListener(port)], queue: { file: junk }, ...more });
      const program = new Program(["--config", file, ...args]);
      await new Promise((resolve) => program.process.on("close", resolve));
      expect(program.lines).toEqual([expect.stringMatching(/^mailseal-relay: .*queue\.db/)]);
      expect(program.process.exitCode).toBe(1);
    },
  );

  test.each(starts)(
    "ends %j with one line and exit 1 (%j): NATS is unreachable",
    async (args, more) => {
      const { file, write, port } = await writeConfig(25);
      const servers = [`nats://127.0.0.1:${await freePort()}`];
      const nats = { servers, durability: "os-buffered" };
      write({ listeners: [queueListener(port)], queue: { nats }, ...more });
      const program = new Program(["--config", file, ...args]);
      await new Promise((resolve) => program.process.on("close", resolve));
      expect(program.lines).toEqual([expect.stringMatching(/^mailseal-relay: .*JetStream/)]);
      expect(program.process.exitCode).toBe(1);
    },
  );
});

describe("several processes", { timeout: 120_000 }, () => {
  test("share the listener, are replaced when they die, reload, and end", async () => {
    const sink = await startSink();
    const { file, port, write, adminSocket } = await writeConfig(sink.port, { processes: 2 });
    const program = new Program(["--config", file]);
    await program.line(/"serving"/);
    const ready = program.lines.filter((line) => line.includes("relay process ready"));
    expect(ready).toHaveLength(2);
    const { process: ended } = JSON.parse(ready[0] ?? "{}") as { process: number };
    const seen = program.lines.length;
    process.kill(ended, "SIGKILL");
    await program.line(/relay process ended/, seen);
    await program.line(/relay process ready/, seen);
    for (let count = 0; count < 4; count++) {
      const replies = await submit({ ...mail, port });
      expect(replies.message).toMatch(/^250/);
    }
    // Each of the two has its own connection to the next hop.
    expect(sink.connections).toBe(2);
    write({ processes: 2, hostname: "renamed.test" });
    expect(await ask(adminSocket, "POST", "/reload")).toMatchObject({ status: 200 });
    for (let count = 0; count < 2; count++) {
      await submit({ ...mail, port });
      expect(sink.messages.at(-1)?.bytes.toString()).toContain("by renamed.test");
    }
    expect(await program.end("SIGTERM")).toBe(0);
  });

  test("restart with the config in force, whatever the file holds by then", async () => {
    const sink = await startSink();
    const { file, port, write } = await writeConfig(sink.port, { processes: 2 });
    const program = new Program(["--config", file]);
    await program.line(/"serving"/);
    const ready = program.lines.find((line) => line.includes("relay process ready"));
    const { process: ended } = JSON.parse(ready ?? "{}") as { process: number };
    write({ limits: { recipients: "many" } });
    const seen = program.lines.length;
    process.kill(ended, "SIGKILL");
    await program.line(/relay process ready/, seen);
    expect((await submit({ ...mail, port })).message).toMatch(/^250/);
    expect(await program.end("SIGTERM")).toBe(0);
  });
});
