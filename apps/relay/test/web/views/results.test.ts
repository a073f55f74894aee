import { createStatistics, type Snapshot } from "@mailseal/stats";
import { describe, expect, test } from "vitest";
import { decided, results, toneOfResult } from "../../../src/web/views/results.ts";
import { summary } from "../../../src/web/views/summary.ts";
import { pageData, textOf } from "../../support/page-data.ts";

const scope = { domain: "example.com", binding: "out" };

/** Of five messages one was signed, one failed, one was skipped, and two were signed but not accepted. */
function outbound(): Snapshot {
  const statistics = createStatistics();
  const durationNs = 1e6;
  statistics.recordSigning({ scope, outcome: "signed", durationNs, signatures: [] });
  statistics.recordSigning({ scope, outcome: "failed", reason: "no-key", durationNs });
  statistics.recordSigning({ scope, outcome: "skipped", reason: "sign-off", durationNs });
  for (const reason of ["deferred-after-signing", "rejected-after-signing"]) {
    statistics.recordSigning({ scope, outcome: "refused", reason, durationNs });
  }
  return statistics.snapshot();
}

describe("the results of signing", () => {
  test("are shares of the messages whose outcome is known", () => {
    const text = textOf(results(pageData({ snapshot: outbound() })));
    expect(decided(outbound())).toBe(3);
    expect(text).toContain("signed 1 33.3 %");
    expect(text).toContain("failed 1 33.3 %");
    expect(text).toContain("failed: no-key 1");
    expect(text).toContain("skipped: sign-off 1");
    expect(text).toContain("1 deferred and 1 refused attempts");
    expect(text).not.toContain("after-signing");
  });

  test("without mail are sentences", () => {
    const text = textOf(results(pageData()));
    expect(text.match(/No data yet\./g)).toHaveLength(2);
    expect(text).not.toContain("attempts");
  });
});

test("the summary shows the share of outbound mail that was signed, and readiness", () => {
  const text = textOf(summary(pageData({ snapshot: outbound() })));
  expect(text).toMatch(/Signed 1 33\.3 % of outbound mail/);
  expect(text).toMatch(/Signing failed 1 1 skipped/);
  expect(text).toContain("serving Counting since");
  expect(textOf(summary(pageData({ isReady: false })))).toContain("not ready Counting since");
});

test.each([
  ["pass", "good"],
  ["fail", "bad"],
  ["temperror", "weak"],
  ["anything else", "calm"],
  ["constructor", "calm"],
])("the tone of %s is %s", (result, tone) => {
  expect(toneOfResult(result)).toBe(tone);
});
