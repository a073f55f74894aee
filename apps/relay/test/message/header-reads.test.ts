import { configSchema } from "@mailseal/config";
import { keySource } from "@mailseal/dns-record";
import { createPipeline, type OpenPipeline } from "@mailseal/policy";
import { openQueue } from "@mailseal/queue";
import { createSigner } from "@mailseal/signer";
import { HeaderReader, splitMessage } from "@mailseal/syntax";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { reportMessage } from "@mailseal/testkit/milter-report";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { startMilterRelay } from "../support/milter-relay.ts";
import { RawClient } from "../support/raw-client.ts";
import { afterThisTest, startRelay, testKey } from "../support/relay-under-test.ts";
import { startSink } from "../support/sinks.ts";

const message =
  "From: joe@example.com\r\nSubject: Lunch\r\nDate: Thu, 5 Nov 2026 04:03:02 +0000\r\n\r\nAt noon?\r\n";
const signer = createSigner({ domain: "example.com", selector: "s1", key: testKey });
const ownSignature = Buffer.from(signer.sign(Buffer.from(message)).toBytes()).toString();

/** All code reads headers with a `HeaderReader`, including `splitMessage`. */
const push = vi.spyOn(HeaderReader.prototype, "push");
const end = vi.spyOn(HeaderReader.prototype, "end");

/** Headers that were read to their end. */
function headerReads(): number {
  const complete = push.mock.results.filter(({ value }) => value !== undefined);
  return complete.length + end.mock.calls.length;
}

beforeEach(() => {
  push.mockClear();
  end.mockClear();
});

afterEach(() => vi.clearAllMocks());

async function pipelineWith(signing: Record<string, unknown> = {}): Promise<OpenPipeline> {
  const config = configSchema.parse({
    signing: { selector: "s1", keyText: testKey.toPem(), ...signing },
  });
  const resolveTxt = async () => ({ status: "nxdomain" }) as const;
  const pipeline = await createPipeline(config, {
    dnsKeys: keySource({ resolveTxt }),
    hostname: "relay.test",
  });
  afterThisTest(async () => pipeline.close());
  return pipeline;
}

async function send(port: number, content: string, mode: "whole" | "in pieces"): Promise<string> {
  const client = await RawClient.greeted(port);
  await client.toData();
  const step = mode === "whole" ? content.length : 20;
  for (let at = 0; at < content.length; at += step) {
    client.send(content.slice(at, at + step));
    if (mode === "in pieces") await new Promise((resolve) => setTimeout(resolve, 2));
  }
  client.send(".\r\n");
  return client.reply();
}

test("the count notices a second reading", () => {
  splitMessage(splitMessage(Buffer.from(message)).bytes);
  splitMessage(Buffer.from("no end"));
  expect(headerReads()).toBe(3);
});

describe("a message in proxy mode has its header read once", () => {
  test.each<[string, Record<string, unknown>, string, "whole" | "in pieces"]>([
    ["signed", {}, message, "whole"],
    ["signed, in pieces", {}, message, "in pieces"],
    ["with our own signature, which is verified", {}, ownSignature, "whole"],
    ["with an old signature that goes", { removeOldSignatures: true }, ownSignature, "whole"],
    ["with fields added", { addMissingFields: "always" }, message, "whole"],
  ])("%s", async (_name, signing, content, mode) => {
    const sink = await startSink();
    const pipeline = await pipelineWith(signing);
    const { port } = await startRelay({ nextHopPort: sink.port, pipeline });
    expect(await send(port, content, mode)).toMatch(/^250/);
    expect(headerReads()).toBe(1);
    expect(sink.messages[0]?.bytes.toString().match(/^DKIM-Signature:/gm)).toHaveLength(1);
  });

  test("verified", async () => {
    const sink = await startSink();
    const pipeline = await pipelineWith();
    const listener = { direction: "inbound" };
    const { port } = await startRelay({ nextHopPort: sink.port, pipeline, listener });
    expect(await send(port, ownSignature, "whole")).toMatch(/^250/);
    expect(headerReads()).toBe(1);
    expect(sink.messages[0]?.bytes.toString()).toMatch(/^Authentication-Results:/);
  });
});

test.each(["outbound", "inbound"])(
  "a message in queue mode, %s, has its header read once before it is queued",
  async (direction) => {
    const file = `${temporaryDirectory("test")}/queue.db`;
    const { port } = await startRelay({
      nextHopPort: 25,
      pipeline: await pipelineWith(),
      listener: { mode: "queue", direction },
      config: { queue: { file }, bindings: { out: {} } },
    });
    expect(await send(port, message, "whole")).toMatch(/^250/);
    expect(headerReads()).toBe(1);
    const queue = await openQueue({ file });
    afterThisTest(() => queue.close());
    expect(await queue.take(2)).toHaveLength(1);
  },
);

test("a message of a milter has its header read once", async () => {
  const { address } = await startMilterRelay({
    listener: { direction: "outbound" },
    pipeline: await pipelineWith(),
  });
  const port = Number(address.split(":").at(-1));
  const { inserted } = await reportMessage(port, {
    client: { family: "4", address: "127.0.0.1" },
    header: ["From: joe@example.com", "Subject: Lunch", "To: x@example.net"],
  });
  expect(inserted.filter((field) => field.startsWith("DKIM-Signature:"))).toHaveLength(1);
  expect(headerReads()).toBe(1);
});
