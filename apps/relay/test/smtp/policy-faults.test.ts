import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { formatKeyRecord, formatZoneLine, keyRecordName } from "@mailseal/dns-record";
import { createLog, logPolicyEvent, policyOf } from "@mailseal/service";
import { createSigner } from "@mailseal/signer";
import { type ScriptedReply, startDnsServer } from "@mailseal/testkit/dns-server";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { submit } from "@mailseal/testkit/smtp-client";
import { describe, expect, test } from "vitest";
import {
  afterThisTest,
  startRelay,
  testConfig,
  testKey,
  type TestRelayOptions,
} from "../support/relay-under-test.ts";
import { startSink } from "../support/sinks.ts";

const message = Buffer.from("From: joe@example.com\r\nSubject: Lunch\r\n\r\nAt noon?\r\n");
const signed = createSigner({ domain: "example.com", selector: "s1", key: testKey })
  .sign(message)
  .toBytes();
const keyName = keyRecordName("s1", "example.com");
const record = formatKeyRecord(testKey.publicKey);

/** A relay with the pipeline that its config makes, in front of a sink. */
async function startConfigured(options: Omit<TestRelayOptions, "nextHopPort" | "pipeline">) {
  const sink = await startSink();
  const all = { ...options, nextHopPort: sink.port };
  const logged: string[] = [];
  const policyLog = createLog(
    { level: "info", format: "json" },
    { write: (line) => logged.push(line) },
  );
  const policy = await policyOf(testConfig(all), (event) => logPolicyEvent(policyLog, event));
  afterThisTest(async () => policy.close());
  const { port, log } = await startRelay({ ...all, pipeline: policy.pipeline });
  const send = async (bytes: Uint8Array): Promise<string | undefined> => {
    const envelope = { mailFrom: "<joe@example.com>", rcptTo: ["<ann@example.net>"] };
    return (await submit({ ...envelope, port, message: bytes })).message;
  };
  const policyLines = (): unknown[] => logged.map((line) => JSON.parse(line));
  return { sink, send, log, policyLines };
}

type Started = Awaited<ReturnType<typeof startConfigured>>;

/** The header of the message that arrived, unfolded. */
function arrived({ sink }: Started): string {
  const [header = ""] = sink.messages.at(-1)?.bytes.toString().split("\r\n\r\n") ?? [];
  return header.replaceAll(/\r\n[ \t]/g, " ");
}

describe("verification while DNS fails", () => {
  const failures: readonly [string, ScriptedReply][] = [
    ["SERVFAIL", { rcode: "SERVFAIL" }],
    ["no answer in time", { silent: true }],
  ];

  async function startVerifying(reply: ScriptedReply, verification = {}): Promise<Started> {
    const server = await startDnsServer({ [keyName]: reply });
    afterThisTest(() => server.close());
    return startConfigured({
      listener: { direction: "inbound" },
      config: { dns: { servers: [server.address], timeout: "200ms" }, verification },
    });
  }

  test.each(failures)("%s: accepted, with dkim=temperror", async (_name, reply) => {
    const started = await startVerifying(reply);
    expect(await started.send(signed)).toMatch(/^250/);
    expect(arrived(started)).toMatch(/^Authentication-Results: relay\.test; dkim=temperror /m);
    expect(started.log().find(({ msg }) => msg === "message")).toMatchObject({
      result: "example.com=temperror",
      disposition: "accept",
    });
  });

  test.each(failures)("%s with temperror: defer: 451", async (_name, reply) => {
    const started = await startVerifying(reply, { actions: { temperror: "defer" } });
    expect(await started.send(signed)).toMatch(/^451 4\.7\.5 DKIM key cannot be looked up for now/);
    expect(started.sink.messages).toEqual([]);
  });

  test("when the server answers again: dkim=pass", async () => {
    const started = await startVerifying({ txt: [record] }, { actions: { temperror: "defer" } });
    expect(await started.send(signed)).toMatch(/^250/);
    expect(arrived(started)).toMatch(/^Authentication-Results: relay\.test; dkim=pass /m);
  });
});

describe("dns.zone in place of DNS", () => {
  test.each([
    ["zone file", `${formatZoneLine(keyName, record)}\n`],
    ["zone JSON", JSON.stringify({ [keyName]: [record] })],
  ])("%s", async (_name, text) => {
    const zone = join(temporaryDirectory("test"), "zone");
    writeFileSync(zone, text);
    const started = await startConfigured({
      listener: { direction: "inbound" },
      config: { dns: { zone } },
    });
    expect(await started.send(signed)).toMatch(/^250/);
    expect(arrived(started)).toMatch(/^Authentication-Results: relay\.test; dkim=pass /m);
    expect(await started.send(Buffer.concat([signed, Buffer.from("more\r\n")]))).toMatch(/^250/);
    expect(arrived(started)).toMatch(/^Authentication-Results: relay\.test; dkim=fail /m);
  });

  test("a missing zone file is an error at start", async () => {
    const config = { dns: { zone: "/nonexistent/zone" } };
    await expect(startConfigured({ config })).rejects.toThrow("/nonexistent/zone");
  });
});

describe("a missing key", () => {
  async function startSigning(key: string, onMissingKey: string): Promise<Started> {
    const signing = { selector: "s1", key, onMissingKey } as never;
    return startConfigured({ config: { signing } });
  }

  test.each([
    ["deliver", /^250/, 1],
    ["defer", /^451 4\./, 0],
    ["reject", /^55\d 5\./, 0],
  ])("missing, onMissingKey: %s", async (onMissingKey, reply, count) => {
    const key = join(temporaryDirectory("test"), "%{d}.key");
    const started = await startSigning(key, onMissingKey);
    expect(await started.send(message)).toMatch(reply);
    expect(started.sink.messages).toHaveLength(count);
    expect(arrived(started)).not.toContain("DKIM-Signature");
    expect(started.log().find(({ msg }) => msg === "message")).toMatchObject({
      result: "not signed: no-key",
    });
  });

  test.each(["deliver", "defer", "reject"])(
    "unreadable, onMissingKey: %s: 451, and signed once it is readable",
    async (onMissingKey) => {
      const key = join(temporaryDirectory("test"), "s1.key");
      writeFileSync(key, testKey.toPem(), { mode: 0o600 });
      const started = await startSigning(key, onMissingKey);
      const reply = await withoutAccessTo(key, () => started.send(message));
      expect(reply).toMatch(/^451 4\.3\.0/);
      expect(started.sink.messages).toEqual([]);
      expect(await started.send(message)).toMatch(/^250/);
      expect(arrived(started)).toMatch(/^DKIM-Signature: .*d=example\.com/m);
    },
  );
});

describe("a key that exists but cannot be used, or that the config names but is missing", () => {
  const faults: readonly (readonly [string, string | undefined])[] = [
    ["garbage", "no key"],
    ["half-written", testKey.toPem().slice(0, 70)],
    ["missing", undefined],
  ];

  test.each(faults)(
    "%s: 451, one line with the reason, and signed once the key is repaired",
    async (_, text) => {
      const key = join(temporaryDirectory("test"), "s1.key");
      if (text !== undefined) writeFileSync(key, text, { mode: 0o600 });
      const started = await startConfigured({ config: { signing: { selector: "s1", key } } });
      expect(await started.send(message)).toMatch(
        /^451 4\.3\.5 No usable DKIM key for example\.com/,
      );
      expect(started.sink.messages).toEqual([]);
      expect(started.policyLines()).toEqual([
        expect.objectContaining({
          msg: "signature-failed",
          level: "warn",
          domain: "example.com",
          reason: expect.stringContaining(`${JSON.stringify(key)}: `),
          remedy: expect.stringMatching(/\w{3}/),
        }),
      ]);
      writeFileSync(key, testKey.toPem(), { mode: 0o600 });
      await expect
        .poll(() => started.send(message), { timeout: 10_000, interval: 200 })
        .toMatch(/^250/);
      expect(arrived(started)).toMatch(/^DKIM-Signature: .*d=example\.com/m);
    },
  );
});

/** Causes EACCES even for root, which ignores file modes: the test runs as another user in the meantime. */
async function withoutAccessTo<T>(file: string, run: () => Promise<T>): Promise<T> {
  const isRoot = process.getuid?.() === 0;
  chmodSync(file, 0o000);
  try {
    if (isRoot) {
      process.seteuid?.(65_534);
    }
    return await run();
  } finally {
    if (isRoot) {
      process.seteuid?.(0);
    }
    chmodSync(file, 0o600);
  }
}
