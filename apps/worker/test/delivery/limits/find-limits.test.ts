import { configSchema } from "@mailseal/config";
import { expect, test } from "vitest";
import { findLimits } from "../../../src/delivery/limits/find-limits.ts";

test("limits are those of the longest match", () => {
  const config = configSchema.parse({
    bindings: { out: {} },
    worker: {
      destinations: {
        "*": { concurrency: 9 },
        "*.example": { perMinute: 60 },
        "a.example": { concurrency: 1 },
      },
      bindings: { out: { concurrency: 7 } },
    },
  });
  const of = (domain: string) => findLimits(config, { kind: "mx", domain, binding: "out" });
  expect(of("a.example")).toEqual({
    destination: { concurrency: 1, intervalMs: 0 },
    binding: { concurrency: 7, intervalMs: 0 },
  });
  expect(of("b.example").destination).toEqual({ concurrency: 20, intervalMs: 1000 });
  expect(of("example").destination).toEqual({ concurrency: 9, intervalMs: 0 });
});
