import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { generateKey } from "@mailseal/crypto";
import { formatKeyRecord, keyRecordName } from "@mailseal/dns-record";
import { freePort } from "@mailseal/testkit/free-port";
import { Postfix, postfixMissing } from "@mailseal/testkit/postfix";
import { submit } from "@mailseal/testkit/smtp-client";
import { SmtpSink } from "@mailseal/testkit/smtp-sink";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findPeers } from "../src/peers.ts";

const program = fileURLToPath(
  new URL("../bin/mailseal-relay.js", import.meta.resolve("@mailseal/relay")),
);
const directory = mkdtempSync(join(tmpdir(), "mailseal-interop-relay-"));
const domain = "example.com";
const rsa = { selector: "rsa", key: generateKey({ type: "rsa", bits: 2048 }) };
const ed = { selector: "ed", key: generateKey({ type: "ed25519" }) };
const zone = new Map(
  [rsa, ed].map(({ selector, key }) => [
    keyRecordName(selector, domain),
    formatKeyRecord(key.publicKey),
  ]),
);
const peers = findPeers(join(directory, "peers"), zone);
const missing = postfixMissing();
const absent = missing !== undefined && process.env["CI"] === undefined;

const header = [
  "From: Alice <alice@example.com>",
  "To: bob@example.net,",
  "\tcarol@example.org",
  "Subject:  two  spaces\tand a tab ",
  "Date: Thu, 1 Jan 2026 10:00:00 +0100",
  "Message-ID: <1@example.com>",
  "MIME-Version: 1.0",
].join("\r\n");
const base64 = `${"QUJDRA+/".repeat(9)}QUJD\r\n`;
const messages = [
  ["text with dots and blank ends", `${header}\r\n\r\nHi.  \r\n..\r\n.\r\n\r\n\r\n`],
  [
    "an attachment of 5 MB",
    `${header}\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64.repeat(5e6 / base64.length)}`,
  ],
] as const;

describe("what the relay signs verifies elsewhere", { timeout: 120_000 }, () => {
  const stops: (() => Promise<unknown>)[] = [];
  let sink: SmtpSink;

  beforeAll(async () => {
    sink = await SmtpSink.start();
    stops.push(() => sink.close());
  });
  afterAll(async () => {
    for (const stop of stops.toReversed()) await stop();
    rmSync(directory, { recursive: true, force: true });
  });

  describe.each([
    ["as an SMTP proxy", "smtp"],
    ["as a milter of Postfix", "milter"],
  ] as const)("%s", (_name, protocol) => {
    const isAbsent = protocol === "milter" && absent;
    let port = 0;

    beforeAll(async () => {
      if (isAbsent) return;
      const listening = await freePort();
      const relay = await startRelay(protocol, listening, sink.port);
      stops.push(() => ended(relay));
      port = listening;
      if (protocol === "milter") {
        const postfix = await Postfix.start({
          nextHopPort: sink.port,
          smtpdMilters: [`inet:127.0.0.1:${listening}`],
        });
        stops.push(() => postfix.stop());
        port = postfix.smtpPort;
      }
    }, 60_000);

    test.skipIf(isAbsent).each(messages)("%s", async (_message, content) => {
      const replies = await submit({
        port,
        mailFrom: "<alice@example.com>",
        rcptTo: ["<bob@example.net>"],
        message: Buffer.from(content),
      });
      expect(replies.message).toMatch(/^250 /);
      const { bytes } = await sink.next();
      expect(bytes.toString("latin1").endsWith(content)).toBe(true);
      const verdicts = new Map<string, readonly string[]>();
      for (const { name, peer } of peers) {
        if (peer !== undefined) verdicts.set(name, await peer.verify(bytes));
      }
      expect(verdicts.get("mailauth")).toEqual(["pass", "pass"]);
      for (const [name, verdict] of verdicts) {
        const { algorithms } = peers.find((it) => it.name === name)?.peer ?? { algorithms: [] };
        expect([name, verdict.filter((it) => it === "pass").length]).toEqual([
          name,
          algorithms.length,
        ]);
      }
    });
  });
});

async function startRelay(
  protocol: "smtp" | "milter",
  port: number,
  nextHopPort: number,
): Promise<ChildProcess> {
  const [rsaFile, edFile] = [rsa, ed].map(({ selector, key }) => {
    const file = join(directory, `${selector}.pem`);
    writeFileSync(file, key.toPem(), { mode: 0o600 });
    return file;
  });
  const config = join(directory, `${protocol}.json`);
  const smtp = {
    bindings: { out: { nextHop: { host: "127.0.0.1", port: nextHopPort, tls: "never" } } },
    defaultBinding: "out",
    listeners: [{ protocol, listen: `127.0.0.1:${port}`, direction: "outbound" }],
  };
  const milter = { listeners: [{ protocol, listen: `127.0.0.1:${port}` }] };
  writeFileSync(
    config,
    JSON.stringify({
      hostname: "relay.test",
      signing: {
        signatures: [
          { selector: "ed", key: edFile },
          { selector: "rsa", key: rsaFile },
        ],
      },
      processes: 2,
      admin: { listen: `unix:${join(directory, `${protocol}.sock`)}` },
      ...(protocol === "smtp" ? smtp : milter),
    }),
  );
  const relay = spawn(process.execPath, [program, "--config", config], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface(relay.stdout)) {
    if (line.includes('"serving"')) break;
  }
  relay.stdout.resume();
  return relay;
}

async function ended(relay: ChildProcess): Promise<void> {
  const exited = once(relay, "exit");
  relay.kill("SIGTERM");
  await exited;
}

test("Postfix is installed", ({ skip }) => {
  skip(absent, missing);
  expect(missing).toBeUndefined();
});
