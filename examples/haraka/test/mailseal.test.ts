import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, cpSync, mkdirSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { formatKeyRecord } from "@mailseal/dns-record";
import { createSigner, generateKey } from "@mailseal/signer";
import { type DnsServer, startDnsServer } from "@mailseal/testkit/dns-server";
import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { freePort } from "@mailseal/testkit/free-port";
import { submit } from "@mailseal/testkit/smtp-client";
import { SmtpSink } from "@mailseal/testkit/smtp-sink";
import { keySource, nodeResolver, verify } from "@mailseal/verifier";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

const example = fileURLToPath(new URL("..", import.meta.url));
const haraka = dirname(createRequire(import.meta.url).resolve("Haraka/package.json"));
const settings = createRequire(import.meta.url)("../config/mailseal.json") as object;
const rsa = generateKey({ type: "rsa" });
const ed = generateKey({ type: "ed25519" });

const message = [
  "From: Ada <ada@example.com>",
  "To: zoe@example.net",
  "Subject: Lunch",
  "",
  "At noon?",
  ".. with dots",
  ".",
  "",
].join("\r\n");

/** Haraka in a directory of its own, which has the plugin, the settings of the example, and a next hop. */
function harakaDirectory(port: number, nextHop: number, dns: string): string {
  const directory = temporaryDirectory("file");
  // As `haraka -i` does.
  cpSync(join(haraka, "config"), join(directory, "config"), { recursive: true });
  const config = (name: string, text: string): void =>
    void writeTestFile(directory, `config/${name}`, text);
  config("plugins", "relaying\nmailseal\nqueue/smtp_forward\n");
  config("smtp.ini", `listen=127.0.0.1:${port}\nnodes=0\n`);
  config("smtp_forward.ini", `host=127.0.0.1\nport=${nextHop}\nenable_outbound=true\n`);
  config("log.ini", "level=notice\ntimestamps=false\nformat=default\n");
  config("me", "mx.example.net");
  config("dkim/example.com/rsa2026.pem", rsa.toPem());
  config("dkim/example.com/ed2026.pem", ed.toPem());
  config("mailseal.json", JSON.stringify({ ...settings, dnsServers: [dns] }));
  mkdirSync(join(directory, "plugins"));
  copyFileSync(join(example, "plugins/mailseal.js"), join(directory, "plugins/mailseal.js"));
  // A client that greets as "submission.test" may relay, as after AUTH; the others are strangers.
  writeTestFile(
    directory,
    "plugins/relaying.js",
    `exports.hook_ehlo = (next, connection, host) => {
      connection.relaying = host === "submission.test";
      next();
    };
    exports.hook_rcpt = (next) => next(OK);`,
  );
  symlinkSync(join(example, "node_modules"), join(directory, "node_modules"));
  return directory;
}

/** Resolves when Haraka listens, or has ended. */
async function start(
  directory: string,
): Promise<{ readonly child: ChildProcess; readonly log: string[] }> {
  const child = spawn(process.execPath, [join(haraka, "haraka.js")], {
    cwd: directory,
    env: { ...process.env, HARAKA: directory },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const log: string[] = [];
  await new Promise<void>((resolve) => {
    for (const output of [child.stdout, child.stderr]) {
      createInterface(output).on("line", (line) => {
        log.push(line);
        if (line.includes("Listening on")) resolve();
      });
    }
    child.once("close", () => resolve());
  });
  return { child, log };
}

describe("the plugin in Haraka", () => {
  let child: ChildProcess;
  let log: readonly string[];
  let dns: DnsServer;
  let sink: SmtpSink;
  let port: number;

  beforeAll(async () => {
    sink = await SmtpSink.start();
    dns = await startDnsServer({});
    for (const [selector, key] of [
      ["rsa2026", rsa],
      ["ed2026", ed],
    ] as const) {
      dns.script(`${selector}._domainkey.example.com`, { txt: [formatKeyRecord(key.publicKey)] });
    }
    port = await freePort();
    ({ child, log } = await start(harakaDirectory(port, sink.port, dns.address)));
    if (child.exitCode !== null) throw new Error(log.join("\n"));
  });
  afterAll(async () => {
    await sink.close();
    await dns.close();
    const ended = once(child, "close");
    child.kill("SIGKILL");
    await ended;
  });
  beforeEach(() => {
    sink.messages.length = 0;
  });

  const send = async (text: string, helo: string): Promise<string | undefined> => {
    const replies = await submit({
      port,
      helo,
      mailFrom: "<ada@example.com>",
      rcptTo: ["<zoe@example.net>"],
      message: Buffer.from(text),
    });
    return replies.message ?? replies.data;
  };
  const received = (): Buffer => {
    expect(sink.messages, log.join("\n")).toHaveLength(1);
    return sink.messages[0]?.bytes ?? Buffer.of();
  };

  test("signs outbound mail with every key of its From domain", async () => {
    expect(await send(message, "submission.test")).toMatch(/^250 /);
    const keys = keySource(nodeResolver({ servers: [dns.address] }));
    const { signatures } = await verify(received(), { keys });
    expect(signatures.map(({ selector, code, aligned }) => [selector, code, aligned])).toEqual([
      ["rsa2026", "pass", "strict"],
      ["ed2026", "pass", "strict"],
    ]);
  });

  test.each([
    [
      "of a domain without a key",
      message.replace("@example.com", "@example.org"),
      /^550 .*No DKIM key/,
    ],
    ["with two From fields", `From: eve@example.com\r\n${message}`, /^550 .*cannot be signed/],
    ["without From", message.replace(/^From: .*\r\n/, ""), /^550 .*No DKIM key/],
    ["with a bare CR", message.replace("noon", "no\ron"), /^550 .*cannot be signed/],
  ])("refuses outbound mail %s", async (_, text, reply) => {
    expect(await send(text, "submission.test")).toMatch(reply);
    expect(sink.messages).toEqual([]);
  });

  const signed = Buffer.from(
    createSigner({ domain: "example.com", selector: "rsa2026", key: rsa }).sign(message).toBytes(),
  ).toString();

  test.each([
    ["signed", signed, / dkim=pass header\.d=example\.com .*header\.s=rsa2026/],
    ["altered", signed.replace("noon", "nine"), /dkim=fail reason=.*body/],
    ["unsigned", message, /dkim=none reason="message not signed"/],
  ])("reports on %s inbound mail, and does not sign it", async (kind, text, result) => {
    expect(await send(text, "stranger.test")).toMatch(/^250 /);
    const bytes = received().toString();
    expect(bytes).toMatch(/^Authentication-Results: mx\.example\.net;\r\n/);
    expect(bytes.replaceAll(/\r\n[ \t]+/g, " ")).toMatch(result);
    expect(bytes.match(/^DKIM-Signature:/gm)?.length ?? 0).toBe(kind === "unsigned" ? 0 : 1);
  });

  test("renames a forged field with results", async () => {
    const forged = "Authentication-Results: mx.example.net; dkim=pass header.d=bank.example\r\n";
    expect(await send(forged + message, "stranger.test")).toMatch(/^250 /);
    expect(received().toString()).toMatch(/^Authentication-Results: .*\r\n\tdkim=none/);
    expect(received().toString()).not.toMatch(/^Authentication-Results:.*bank/m);
  });
});

test("Haraka does not start with a key that cannot be used", async () => {
  const directory = harakaDirectory(await freePort(), 1, "127.0.0.1:1");
  writeTestFile(directory, "config/dkim/example.com/ed2026.pem", "no key");
  const { child, log } = await start(directory);
  if (child.exitCode === null) child.kill("SIGKILL");
  expect(log.join("\n")).toContain("KeyError");
  expect(child.exitCode).not.toBe(0);
  expect(child.exitCode).not.toBeNull();
});
