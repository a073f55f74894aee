import { configSchema } from "@mailseal/config";
import { expect, test } from "vitest";
import { waitAfter } from "../../../src/delivery/settle/retry-schedule.ts";

test.each([
  [1, 0.5, 300_000],
  [2, 0.5, 900_000],
  [6, 0.5, 14_400_000],
  [60, 0.5, 14_400_000],
  [1, 0, 270_000],
  [1, 1, 330_000],
])("RFC 5321 4.5.4.1: after attempt %i, with %d: %i ms", (attempt, random, ms) => {
  expect(waitAfter(configSchema.parse({}).worker, attempt, () => random)).toBe(ms);
});
