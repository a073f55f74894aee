import { execFile } from "node:child_process";
import { chmodSync, existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { keySource, staticResolver, zoneFromJson } from "@mailseal/dns-record";
import type { Pipeline, Processed } from "@mailseal/policy";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { Postfix, postfixMissing } from "@mailseal/testkit/postfix";
import { submit, type SmtpReplies } from "@mailseal/testkit/smtp-client";
import type { SmtpSink, SmtpSinkOptions } from "@mailseal/testkit/smtp-sink";
import { verify } from "@mailseal/verifier";
import { describe, expect, test } from "vitest";
import {
  type MilterRelay,
  type MilterRelayOptions,
  signedElsewhere,
  startMilterRelay,
} from "../support/milter-relay.ts";
import { afterThisTest, passingPipeline } from "../support/relay-under-test.ts";
import { startSink } from "../support/sinks.ts";

const run = promisify(execFile);
const missing = postfixMissing();
const isSwaksAbsent = !existsSync("/usr/bin/swaks") && process.env["CI"] === undefined;
const absent = missing !== undefined && process.env["CI"] === undefined;

const message = Buffer.from(
  [
    "Received: from client.example by submit.example; Thu, 1 Jan 2026 10:00:00 +0100",
    "From: Alice <alice@example.com>",
    "To: bob@example.net",
    "Subject:  folded",
    "\t h\u00e9llo",
    "Date: Thu, 1 Jan 2026 10:00:00 +0100",
    "Message-ID: <1@example.com>",
    "",
    "Hello.",
    "..dots",
    ".",
    "",
  ].join("\r\n"),
);
/** Loopback is in no relay network of these listeners, so mail from it counts as mail from outside. */
const outside = { relayNetworks: ["192.0.2.0/24"] };

interface Site {
  readonly relay: MilterRelay;
  readonly postfix: Postfix;
  readonly sink: SmtpSink;
}

async function startSite(
  options: MilterRelayOptions = {},
  sinkOptions: SmtpSinkOptions = {},
): Promise<Site> {
  const sink = await startSink(sinkOptions);
  const relay = await startMilterRelay(options);
  const postfix = await Postfix.start({
    nextHopPort: sink.port,
    smtpdMilters: [relay.address],
    nonSmtpdMilters: [relay.address],
  });
  afterThisTest(() => postfix.stop());
  return { relay, postfix, sink };
}

function send({ postfix }: Site, content: Uint8Array = message): Promise<SmtpReplies> {
  return submit({
    port: postfix.smtpPort,
    mailFrom: "<alice@example.com>",
    rcptTo: ["<bob@example.net>"],
    message: content,
  });
}

/** Verified with the records that the relay has. */
async function verdicts(site: Site, bytes: Uint8Array): Promise<string[]> {
  const { config } = await site.relay.policyWith({});
  const zone = zoneFromJson(JSON.parse(readFileSync(config.dns.zone ?? "", "utf8")));
  const report = await verify(bytes, { keys: keySource(staticResolver(zone)) });
  return report.signatures.map(({ code }) => code);
}

/** The message without the fields that Postfix and the relay added at its top. */
function original(bytes: Buffer): Buffer {
  return bytes.subarray(bytes.indexOf("Received: from client.example"));
}

/** A pipeline that lets nothing through before it is opened. */
class Gate implements Pipeline {
  open: () => void = () => undefined;
  readonly arrived: Promise<void>;
  #arrive: () => void = () => undefined;
  readonly #opened: Promise<void>;

  constructor() {
    this.arrived = new Promise((resolve) => (this.#arrive = resolve));
    this.#opened = new Promise((resolve) => (this.open = resolve));
  }

  async process(...args: Parameters<Pipeline["process"]>): Promise<Processed> {
    this.#arrive();
    await this.#opened;
    return passingPipeline().process(...args);
  }
}

function messageLines({ relay }: Site): Record<string, unknown>[] {
  return relay.log().filter(({ msg }) => msg === "message");
}

describe.skipIf(absent)("a milter for Postfix", { timeout: 60_000 }, () => {
  test("signs what a client of a relay network sends, and changes nothing else", async () => {
    const site = await startSite();
    expect((await send(site)).message).toMatch(/^250 /);
    const { bytes } = await site.sink.next();
    expect(bytes.toString()).toMatch(/^DKIM-Signature: [^]*\r\nReceived: from client\.test/);
    expect(original(bytes).equals(message)).toBe(true);
    expect(await verdicts(site, bytes)).toEqual(["pass"]);
    const [queueId] = /(?<=\bid )\w+/.exec(bytes.toString()) ?? [];
    expect(messageLines(site)).toMatchObject([
      {
        queueId,
        direction: "outbound",
        client: "127.0.0.1",
        from: "alice@example.com",
        to: ["bob@example.net"],
        size: message.length,
        domain: "example.com",
        selector: "s1",
        result: "signed",
        disposition: "accept",
      },
    ]);
  });

  test("passes an attachment of 5 MB through the spill file unchanged", async () => {
    const site = await startSite();
    const line = `${"QUJD".repeat(19)}\r\n`;
    const large = Buffer.concat([message, Buffer.from(line.repeat(Math.ceil(5e6 / line.length)))]);
    expect((await send(site, large)).message).toMatch(/^250 /);
    const { bytes } = await site.sink.next();
    expect(original(bytes).equals(large)).toBe(true);
    expect(await verdicts(site, bytes)).toEqual(["pass"]);
    expect(site.relay.relay.load.spoolBytes).toBe(0);
  });

  test("signs mail of sendmail(1), with the fields that Postfix adds to it", async () => {
    // Loopback is in no relay network here, but this is local mail.
    const site = await startSite({ listener: outside });
    const bare = Buffer.from("From: alice@example.com\nSubject: x\n\nhi\n");
    await site.postfix.sendmail("alice@example.com", ["bob@example.net"], bare);
    const { bytes } = await site.sink.next();
    expect(bytes.toString()).toMatch(/\r\nMessage-Id: [^]*\r\nDate: /);
    expect(await verdicts(site, bytes)).toEqual(["pass"]);
    expect(messageLines(site)).toMatchObject([{ direction: "outbound", result: "signed" }]);
  });

  test("verifies mail from outside, sent by swaks", async ({ skip }) => {
    skip(isSwaksAbsent, "swaks is absent: apt-get install swaks");
    const site = await startSite({ listener: outside });
    // swaks ends the message at a line with one dot.
    const plain = Buffer.from(message.toString().replace(/\.\.dots[^]*/, ""));
    await run("swaks", [
      `--server=127.0.0.1:${site.postfix.smtpPort}`,
      "--silent=3",
      "--from=alice@example.com",
      "--to=bob@example.net",
      `--data=${signedElsewhere(plain).toString()}`,
    ]);
    const { bytes } = await site.sink.next();
    expect(bytes.toString()).toMatch(
      /^Authentication-Results: mx\.test;[^]*dkim=pass[^]*header\.d=example\.com[^]*\r\nReceived: from [^]*\r\nDKIM-Signature: /,
    );
    expect(messageLines(site)).toMatchObject([
      { direction: "inbound", result: "example.com=pass", disposition: "accept" },
    ]);
  });

  test("removes forged results with our authserv-id, and no others", async () => {
    const site = await startSite({ listener: outside });
    const forged = [
      "Authentication-Results: mx.test; dkim=pass header.d=bank.example",
      "Authentication-Results: elsewhere.test; dkim=pass",
      "authentication-results:\tMX.TEST;",
      "\tspf=pass",
      "Authentication-Results : mx.test; dmarc=pass",
      "X-Mailseal-Quarantine: ha",
      "",
    ].join("\r\n");
    expect((await send(site, Buffer.concat([Buffer.from(forged), message]))).message).toMatch(
      /^250 /,
    );
    const { bytes } = await site.sink.next();
    const header = bytes.toString().split("\r\n\r\n")[0] ?? "";
    expect(header.match(/^authentication-results *:.*\S/gim)).toEqual([
      "Authentication-Results: mx.test;",
      "Authentication-Results: elsewhere.test; dkim=pass",
    ]);
    expect(header).not.toMatch(/quarantine|bank\.example|spf=pass|dmarc/i);
  });

  test("refuses with the code and the text of the policy", async () => {
    const verification = { actions: { none: "reject" } } as const;
    const site = await startSite({ listener: outside, config: { verification } });
    expect((await send(site)).message).toMatch(/^550 5\.7\.20 /);
    expect(site.sink.messages).toEqual([]);
    expect(messageLines(site)).toMatchObject([
      { disposition: "reject", reply: expect.stringMatching(/^550 5\.7\.20 /) },
    ]);
  });

  test("quarantines a message, with the reason in a field", async () => {
    const verification = { actions: { none: "quarantine" } } as const;
    const site = await startSite({ listener: outside, config: { verification } });
    expect((await send(site)).message).toMatch(/^250 /);
    await site.postfix.waitForLog(/milter-hold/);
    const [held] = await site.postfix.queue();
    expect(held?.queue_name).toBe("hold");
    expect(await site.postfix.queued(held?.queue_id ?? "")).toMatch(
      /^X-Mailseal-Quarantine: .+\nAuthentication-Results: mx\.test;\n dkim=none/,
    );
  });

  test.each([
    [
      "defer",
      { action: "defer", code: 451, enhancedCode: "4.7.5", text: "sp\u00e4ter" },
      /^451 4\.7\.5 sp\?ter$/,
    ],
    ["discard", { action: "discard", reason: "no use" }, /^250 /],
  ] as const)("%s", async (_name, disposition, reply) => {
    const decided: Processed = {
      disposition,
      prepend: [],
      remove: [],
      binding: undefined,
      signatures: [],
    };
    const site = await startSite({ pipeline: { process: async () => decided } });
    expect((await send(site)).message).toMatch(reply);
    expect(messageLines(site)).toMatchObject([{ disposition: disposition.action }]);
    expect(site.sink.messages).toEqual([]);
  });

  test("a key that cannot be used gives a tempfail, and no mail is sent unsigned", async () => {
    const signing = { selector: "s1", keyText: "no key" };
    const site = await startSite({ config: { signing } });
    expect((await send(site)).message).toMatch(/^451 4\.3\.5 No usable DKIM key for example\.com/);
    expect(site.sink.messages).toEqual([]);
    expect(messageLines(site)).toMatchObject([
      { result: "not signed: key-unusable", disposition: "defer" },
    ]);
  });

  test("a local failure gives a tempfail, and the next message is accepted", async () => {
    let failures = 1;
    const passing = passingPipeline();
    const site = await startSite({
      pipeline: {
        process: async (...args) => {
          if (failures-- > 0) throw new Error("no such luck");
          return passing.process(...args);
        },
      },
    });
    expect((await send(site)).message).toMatch(/^451 4\.3\.0 /);
    expect((await send(site)).message).toMatch(/^250 /);
    expect(messageLines(site)).toMatchObject([{ fault: "no such luck" }, {}]);
  });

  test.each([
    ["too many fields", { limits: { headerFields: 3 } }, /^552 5\.3\.4 /],
    ["too large", { limits: { messageSize: "1KB" } }, /^552 5\.3\.4 /],
    ["no room", { limits: { memory: "1KB" } }, /^452 4\.3\.1 /],
  ] as const)("keeps the limits: %s", async (_name, config, reply) => {
    const site = await startSite({ config });
    const large = Buffer.concat([message, Buffer.from("0123456789\r\n".repeat(400))]);
    expect((await send(site, large)).message).toMatch(reply);
    expect(site.relay.relay.load.spoolBytes).toBe(0);
  });

  test("refuses a line that Postfix would break after it was signed", async () => {
    const site = await startSite();
    const long = Buffer.concat([message, Buffer.from(`${"x".repeat(999)}\r\n`)]);
    expect((await send(site, long)).message).toMatch(/^554 5\.6\.0 /);
  });

  // The reason for README.md's note on 8-bit mail: Postfix re-encodes it here, and signs nothing.
  test("a message that Postfix converts for a next hop without 8BITMIME no longer verifies", async () => {
    const site = await startSite({}, { extensions: [] });
    const mime =
      "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n";
    const content = `${mime}${message.toString().replace("Hello.", "h\u00e9llo")}`;
    expect((await send(site, Buffer.from(content))).message).toMatch(/^250 /);
    const { bytes } = await site.sink.next();
    expect(bytes.toString()).toMatch(/^Content-Transfer-Encoding: quoted-printable\r$/m);
    expect(await verdicts(site, bytes)).toEqual(["body-hash-mismatch"]);
  });

  test("serves a unix socket with its mode and group", async () => {
    const path = join(temporaryDirectory("test"), "run", "milter.sock");
    const listener = { listen: `unix:${path}`, socketMode: "0660", socketGroup: "postfix" };
    const site = await startSite({ listener });
    chmodSync(join(path, "../.."), 0o755);
    chmodSync(join(path, ".."), 0o755);
    const { mode, gid } = statSync(path);
    expect(mode & 0o777).toBe(0o660);
    const { stdout } = await run("id", ["-g", "postfix"]);
    expect(gid).toBe(Number(stdout));
    expect((await send(site)).message).toMatch(/^250 /);
    expect((await site.sink.next()).bytes.toString()).toMatch(/^DKIM-Signature: /);
  });

  test("a message in transit keeps its config across a reload, and the next one uses the new config", async () => {
    const gate = new Gate();
    const site = await startSite({ pipeline: gate });
    const first = send(site);
    await gate.arrived;
    const { config } = await site.relay.policyWith({});
    const refusing: Processed = {
      disposition: { action: "reject", code: 550, enhancedCode: "5.7.1", text: "new" },
      prepend: [],
      remove: [],
      binding: undefined,
      signatures: [],
    };
    let isClosed = false;
    await site.relay.relay.reload({
      config,
      pipeline: { process: async () => refusing },
      close: () => (isClosed = true),
    });
    expect((await send(site)).message).toMatch(/^550 5\.7\.1 new/);
    gate.open();
    expect((await first).message).toMatch(/^250 /);
    expect(isClosed).toBe(false);
  });

  test("a stop waits for the message in transit", async () => {
    const gate = new Gate();
    const site = await startSite({ pipeline: gate });
    const sent = send(site);
    await gate.arrived;
    const stopped = site.relay.relay.stop(30_000);
    gate.open();
    expect((await sent).message).toMatch(/^250 /);
    await stopped;
    expect(site.relay.relay.load.connections).toBe(0);
  });
});

test("Postfix is installed", ({ skip }) => {
  skip(absent, missing);
  expect(missing).toBeUndefined();
});
