import { describe, expect, test } from "vitest";
import { decided, results, toneOfResult } from "../../../src/web/views/results.ts";
import { outbound, pageData, textOf } from "../../support/page-data.ts";

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

test.each([
  ["pass", "good"],
  ["fail", "bad"],
  ["temperror", "weak"],
  ["anything else", "calm"],
  ["constructor", "calm"],
])("the tone of %s is %s", (result, tone) => {
  expect(toneOfResult(result)).toBe(tone);
});
