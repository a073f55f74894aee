import { expect, test } from "vitest";
import { summaryLines } from "../src/summary.ts";

const green = { name: "@mailseal/a", passed: 3, failed: [], skipped: [] };

test("ends with the totals, and with those only", () => {
  expect(summaryLines([green, { ...green, name: "@mailseal/b", passed: 4 }]).at(-1)).toBe(
    "7 passed, 0 failed",
  );
  expect(summaryLines([]).at(-1)).toBe("0 passed, 0 failed");
});

test("names what failed and what was skipped, each with its package", () => {
  const lines = summaryLines([green, { name: "b", passed: 1, failed: ["x", "y"], skipped: ["z"] }]);
  expect(lines).toEqual(expect.arrayContaining(["  b: x", "  b: y", "  b: z"]));
  expect(lines.at(-1)).toBe("4 passed, 2 failed, 1 skipped");
});
