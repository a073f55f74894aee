import { createStatistics } from "@mailseal/stats";
import { expect, test } from "vitest";
import { failingDomains, recentFailures } from "../../../src/web/views/failures.ts";
import { pageData, textOf } from "../../support/page-data.ts";

test("each failure has its verdicts and a link to its explanation, as text", () => {
  const verdict = { domain: "<b>.example", result: "fail", code: "body-hash", reason: "changed" };
  const failure = {
    id: 7,
    atMs: 0,
    queueId: "<i>1A",
    fromDomain: "a\nb.example",
    sizeBytes: 3,
    message: "A:b",
    verdicts: [verdict],
  } as ReturnType<typeof pageData>["failures"][number];
  const section = recentFailures(pageData({ failures: [failure] }));
  expect(String(section)).toContain('href="/failures/7"');
  expect(String(section)).not.toMatch(/<b>\.example|<i>1A/);
  expect(textOf(section)).toMatch(
    /00:00:00 UTC a\\u000ab\.example fail &lt;b&gt;\.example changed/,
  );
  expect(textOf(recentFailures(pageData()))).toContain("No failures.");
});

test("failing domains: none without mail, none if every signature passes", () => {
  expect(textOf(failingDomains(pageData()))).toContain("No inbound mail yet.");
  const statistics = createStatistics();
  statistics.recordVerification({ result: "pass", code: "pass", testing: false });
  const snapshot = statistics.snapshot();
  expect(textOf(failingDomains(pageData({ snapshot })))).toContain("Every signature passes.");
});
