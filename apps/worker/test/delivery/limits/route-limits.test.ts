import { configSchema } from "@mailseal/config";
import { expect, test } from "vitest";
import { RouteLimits } from "../../../src/delivery/limits/route-limits.ts";

test("deliveries to a destination without a rate limit start at once, even if the clock goes back", async () => {
  let nowMs = 3_600_000;
  const limits = new RouteLimits(configSchema.parse({}), () => nowMs);
  const route = { kind: "mx", domain: "a.example" } as const;
  const leave = await limits.enter("mx a.example", route);
  nowMs = 0;
  const leaveToo = await limits.enter("mx a.example", route);
  leave();
  leaveToo();
  expect(limits.active).toBe(0);
});
