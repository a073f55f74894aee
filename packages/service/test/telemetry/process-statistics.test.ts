import type { Processed } from "@mailseal/policy";
import { type Report, totalOf } from "@mailseal/stats";
import { acceptedSample, sampleContext, sampleEnvelope } from "@mailseal/testkit/pipeline-samples";
import type { Verdict } from "@mailseal/verifier";
import { describe, expect, test } from "vitest";
import { countLocally, createLog, ProcessStatistics, Totals } from "../../src/index.ts";
import { configOf, stored } from "../support/program.ts";

const silent = createLog({ level: "silent", format: "json" }, process.stdout);
const verified: Processed = {
  ...acceptedSample,
  report: {
    from: [],
    signatures: [{ result: "fail", code: "body-hash-mismatch", reason: "no" } as Verdict],
  },
};

test("counts of this process are in the totals when they are read", async () => {
  const config = configOf();
  const totals = await Totals.open(config.statistics, silent);
  const counting = countLocally(config, totals);
  counting.traffic.login("accepted");
  expect(totalOf(totals.snapshot(), "logins").logins).toBe(1);
  await totals.reset();
  counting.traffic.login("accepted");
  expect(totalOf(totals.snapshot(), "logins").logins).toBe(1);
  await counting.close();
});

describe("a failed message", () => {
  test.each([
    ["is kept for the page", { web: "127.0.0.1:0" }, {}, 1],
    ["is not kept without a page", {}, {}, 0],
    ["is not kept while nothing is counted", { web: "127.0.0.1:0" }, { level: "off" }, 0],
  ] as const)("%s", async (_name, admin, statistics, kept) => {
    const config = configOf({ admin, statistics });
    const totals = await Totals.open(config.statistics, silent);
    const counting = countLocally(config, totals);
    const pipeline = counting.counted({ process: async () => verified }, config);
    const inbound = { ...sampleContext, direction: "inbound" } as const;
    await pipeline.process(stored(), sampleEnvelope, inbound);
    expect(totals.failures.all).toHaveLength(kept);
    await counting.close();
  });
});

test("a process reports to its parent, and repeats what was not acknowledged", async () => {
  const reports: Report[] = [];
  const counting = new ProcessStatistics(configOf(), {
    epoch: 3,
    send: (report) => reports.push(report),
    sendFailure: () => undefined,
  });
  counting.traffic.login("failed");
  counting.reporter.report();
  counting.reporter.report();
  expect(reports).toMatchObject([
    { sequence: 1, epoch: 3 },
    { sequence: 1, epoch: 3 },
  ]);
  counting.reporter.receive({ epoch: 3, acknowledged: 1 });
  await counting.close();
  expect(reports).toHaveLength(2);
});
