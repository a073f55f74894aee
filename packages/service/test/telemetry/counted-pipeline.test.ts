import type { MailContext, Processed, SkipReason, StoredMessage } from "@mailseal/policy";
import {
  createStatistics,
  rowsOf,
  signingStatsText,
  type Snapshot,
  totalOf,
} from "@mailseal/stats";
import { acceptedSample, sampleContext } from "@mailseal/testkit/pipeline-samples";
import type { Verdict } from "@mailseal/verifier";
import { describe, expect, test } from "vitest";
import { countedPipeline } from "../../src/telemetry/counted-pipeline.ts";
import { type FailedMessage, FailureSampling } from "../../src/telemetry/failed-message.ts";
import { type Answered, SignedMessages } from "../../src/telemetry/signed-messages.ts";
import { countedTraffic } from "../../src/telemetry/traffic.ts";

const context = (direction: MailContext["direction"]): MailContext => ({
  ...sampleContext,
  direction,
});
const accepted: Processed = acceptedSample;
const failed = {
  result: "fail",
  code: "body-hash-mismatch",
  reason: "no\u001b",
  domain: "example.com",
  testing: false,
  aligned: "strict",
} as Verdict;

function stored(sizeBytes = 4): StoredMessage {
  return { sizeBytes, chunks: () => [Buffer.from("a: "), Buffer.from([0xff])] };
}

async function process(
  processed: Processed,
  direction: MailContext["direction"],
  { nowMs = 0, message = stored() }: { nowMs?: number; message?: StoredMessage } = {},
) {
  const statistics = createStatistics();
  const signed = new SignedMessages(statistics);
  const failures: FailedMessage[] = [];
  const pipeline = countedPipeline(
    { process: () => Promise.resolve(processed) },
    {
      statistics,
      signed,
      bindings: new Set(["out"]),
      failures: new FailureSampling(
        () => nowMs,
        () => nowMs,
      ),
      onFailure: (failure) => failures.push(failure),
    },
  );
  const envelope = { from: "", recipients: [] };
  for (let times = 0; times < 2; times++) {
    expect(await pipeline.process(message, envelope, context(direction))).toBe(processed);
  }
  return { snapshot: statistics.snapshot(), failures };
}

describe("a message that was not signed", () => {
  test.each<[SkipReason | undefined, "failed" | "skipped"]>([
    ["no-key", "failed"],
    ["key-unusable", "failed"],
    ["not-published", "failed"],
    ["publication-unknown", "failed"],
    [undefined, "failed"],
    ["sign-off", "skipped"],
    ["sign-condition", "skipped"],
    ["already-signed", "skipped"],
    ["hook", "skipped"],
  ])("%s has %s", async (skipped, outcome) => {
    const { snapshot } = await process(
      skipped === undefined ? accepted : { ...accepted, skipped },
      "outbound",
    );
    expect(rowsOf(snapshot, "unsignedByDomain")).toMatchObject([
      { names: ["example.com", outcome, skipped ?? "fault"], counters: { messages: 2 } },
    ]);
  });
});

describe("a message that was signed", () => {
  const made = { algorithm: "rsa-sha256", keyBits: 2048, domain: "example.com" };
  const signedMessage = { ...accepted, signatures: [made] } as unknown as Processed;

  async function settled(
    processed: Processed,
    answers: readonly Answered[],
    listed: Partial<MailContext> = {},
  ): Promise<Snapshot> {
    const statistics = createStatistics();
    const signed = new SignedMessages(statistics);
    const traffic = countedTraffic(statistics, signed);
    for (const answered of answers) {
      const pipeline = countedPipeline(
        { process: () => Promise.resolve({ ...processed }) },
        {
          statistics,
          signed,
          bindings: new Set(["out"]),
          failures: undefined,
          onFailure: () => {},
        },
      );
      const envelope = { from: "", recipients: [] };
      const done = await pipeline.process(stored(), envelope, {
        ...context("outbound"),
        ...listed,
      });
      traffic.settled(done, answered);
      traffic.settled(done, answered);
    }
    return statistics.snapshot();
  }

  test("is counted when it was accepted, and not each time that it was deferred before", async () => {
    const snapshot = await settled(signedMessage, ["deferred", "deferred", "rejected", "accepted"]);
    expect(totalOf(snapshot, "signing")).toMatchObject({ processed: 4, signed: 1, failed: 0 });
    expect(totalOf(snapshot, "signaturesByKey").signatures).toBe(1);
    expect(rowsOf(snapshot, "unsigned").map(({ names }) => names)).toEqual([
      ["refused", "deferred-after-signing"],
      ["refused", "rejected-after-signing"],
    ]);
  });

  test("with a key missing among several counts as a failed attempt too", async () => {
    const snapshot = await settled({ ...signedMessage, failedSignatures: 1 }, ["accepted"]);
    expect(totalOf(snapshot, "signing")).toMatchObject({ signed: 1, failed: 0 });
    expect(signingStatsText(snapshot)).toMatch(
      /TotalMessagesSigned +1\n +FailedSigningAttempts +1\n/,
    );
  });

  test("for want of several keys is as many failed attempts", async () => {
    const failing: Processed = { ...accepted, skipped: "no-key", failedSignatures: 2 };
    const snapshot = await settled(failing, ["deferred"]);
    expect(signingStatsText(snapshot)).toMatch(
      /FailedSigningAttempts +2\n +TotalMessagesProcessed +1\n/,
    );
  });

  test("with a binding that a client invented gets no counters of its own", async () => {
    const statistics: Snapshot[] = [];
    for (const binding of ["made-up-1", "made-up-2"]) {
      const invented = { ...signedMessage, binding };
      statistics.push(await settled(invented, ["accepted"], { binding }));
      const unsigned: Processed = { ...accepted, binding, skipped: "no-key" };
      statistics.push(await settled(unsigned, ["accepted"], { binding }));
    }
    for (const snapshot of statistics) {
      expect(totalOf(snapshot, "signing").processed).toBe(1);
      expect(JSON.stringify(snapshot)).not.toContain("made-up");
    }
    expect(JSON.stringify(await settled(signedMessage, ["accepted"]))).toContain('"out"');
  });
});

test("a failed message is kept whole, and no second one at the same time", async () => {
  const report = { from: [], signatures: [failed] };
  const { snapshot, failures } = await process({ ...accepted, report }, "inbound", { nowMs: 5 });
  expect(totalOf(snapshot, "verification").fail).toBe(2);
  expect(totalOf(snapshot, "signing").processed).toBe(0);
  expect(failures).toEqual([
    {
      atMs: 5,
      queueId: "Q1",
      fromDomain: "example.com",
      sizeBytes: 4,
      message: "a: \u00ff",
      verdicts: [
        { result: "fail", code: "body-hash-mismatch", reason: "no\\u001b", domain: "example.com" },
      ],
    },
  ]);
});

test.each([
  ["large", stored(1_000_000)],
  [
    "unreadable",
    {
      sizeBytes: 4,
      chunks: () => {
        throw new Error("gone");
      },
    },
  ],
])("a message that is %s is counted and not kept", async (_name, message) => {
  const report = { from: [], signatures: [failed] };
  const { snapshot, failures } = await process({ ...accepted, report }, "inbound", { message });
  expect(totalOf(snapshot, "verification").fail).toBe(2);
  expect(failures).toEqual([]);
});
