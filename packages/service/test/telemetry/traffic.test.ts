import type { Reply } from "@mailseal/delivery";
import { createStatistics, Histogram, rowsOf, type TableName } from "@mailseal/stats";
import { describe, expect, test } from "vitest";
import { answeredWith, type Traffic } from "../../src/index.ts";
import { SignedMessages } from "../../src/telemetry/signed-messages.ts";
import { countedTraffic } from "../../src/telemetry/traffic.ts";

function replyOf(code: number): Reply {
  return { code, enhancedCode: `${Math.floor(code / 100)}.0.0`, text: "said" };
}

function counting(): {
  readonly traffic: Traffic;
  readonly names: (table: TableName) => readonly (readonly string[])[];
  readonly statistics: ReturnType<typeof createStatistics>;
} {
  let elapsedMs = 0;
  const statistics = createStatistics({ steadyNow: () => ++elapsedMs });
  return {
    statistics,
    traffic: countedTraffic(statistics, new SignedMessages(statistics)),
    names: (table) => rowsOf(statistics.snapshot(), table).map(({ names }) => names),
  };
}

const answers = [
  [undefined, "accepted"],
  [replyOf(250), "accepted"],
  [replyOf(451), "deferred"],
  [replyOf(550), "rejected"],
] as const;

describe("the answer to a message", () => {
  test.each(answers)("%j is %s", (reply, answered) => {
    expect(answeredWith(reply)).toBe(answered);
    const { traffic, names } = counting();
    traffic.answered("milter", reply, 2);
    expect(names("messages")).toEqual([["milter", answered]]);
  });

  test("has its time in nanoseconds", () => {
    const { traffic, statistics } = counting();
    traffic.answered("smtp", undefined, 2);
    expect(Histogram.from(statistics.snapshot().histograms.message)).toMatchObject({
      count: 1,
      sumNs: 2e6,
    });
  });
});

test.each([
  [undefined, "deferred"],
  [replyOf(250), "delivered"],
  [replyOf(421), "deferred"],
  [replyOf(550), "failed"],
] as const)("the reply %j of a next hop is a delivery that was %s", (reply, outcome) => {
  const { traffic, statistics } = counting();
  traffic.delivered("mx.example.net", reply, 1);
  expect(rowsOf(statistics.snapshot(), "deliveriesByDestination")).toMatchObject([
    { names: ["mx.example.net"], counters: { attempts: 1, [outcome]: 1 } },
  ]);
});

test("logins are counted by outcome, and the queue as it was read last", () => {
  const { traffic, names, statistics } = counting();
  traffic.login("locked-out");
  expect(names("logins")).toEqual([["locked-out"]]);
  traffic.queueRead({ depth: 9, oldestAgeMs: 5000, dead: 1, missing: 2 });
  traffic.queueRead({ depth: 0, dead: 0 });
  expect(statistics.snapshot().queues).toMatchObject([
    { queue: "mail", depth: 0, oldestAgeMs: 0, dead: 0, missing: 0 },
  ]);
});
