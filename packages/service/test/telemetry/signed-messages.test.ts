import type { Processed } from "@mailseal/policy";
import { createStatistics, rowsOf, totalOf } from "@mailseal/stats";
import { acceptedSample } from "@mailseal/testkit/pipeline-samples";
import { expect, test } from "vitest";
import { SignedMessages } from "../../src/telemetry/signed-messages.ts";

const event = {
  scope: { domain: "example.com" },
  durationNs: 1000,
  outcome: "signed",
  signatures: [{ algorithm: "rsa-sha256", keyBits: 2048 }],
} as const;

function message(): Processed {
  return { ...acceptedSample };
}

test("a signed message is counted when its answer comes, and once", () => {
  const statistics = createStatistics();
  const signed = new SignedMessages(statistics);
  const processed = message();
  signed.hold(processed, event);
  expect(totalOf(statistics.snapshot(), "signing").processed).toBe(0);
  signed.settle(processed, "accepted");
  signed.settle(processed, "rejected");
  expect(totalOf(statistics.snapshot(), "signing")).toMatchObject({ processed: 1, signed: 1 });
});

test.each(["deferred", "rejected"] as const)("one that was %s is not signed", (answered) => {
  const statistics = createStatistics();
  const signed = new SignedMessages(statistics);
  const processed = message();
  signed.hold(processed, event);
  signed.settle(processed, answered);
  expect(totalOf(statistics.snapshot(), "signing")).toMatchObject({ processed: 1, signed: 0 });
  expect(rowsOf(statistics.snapshot(), "unsigned").map(({ names }) => names)).toEqual([
    ["refused", `${answered}-after-signing`],
  ]);
});

test("the answer to a message that was not signed counts nothing", () => {
  const statistics = createStatistics();
  new SignedMessages(statistics).settle(message(), "accepted");
  expect(totalOf(statistics.snapshot(), "signing").processed).toBe(0);
});
