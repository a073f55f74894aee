import { expect, test } from "vitest";
import { summary } from "../../../src/web/views/summary.ts";
import { outbound, pageData, textOf } from "../../support/page-data.ts";

test("the summary shows the share of outbound mail that was signed, and readiness", () => {
  const text = textOf(summary(pageData({ snapshot: outbound() })));
  expect(text).toMatch(/Signed 1 33\.3 % of outbound mail/);
  expect(text).toMatch(/Signing failed 1 1 skipped/);
  expect(text).toContain("serving Counting since");
  expect(textOf(summary(pageData({ isReady: false })))).toContain("not ready Counting since");
});
