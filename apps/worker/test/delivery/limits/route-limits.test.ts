import { type Config, configSchema } from "@mailseal/config";
import type { Route } from "@mailseal/delivery";
import { describe, expect, test } from "vitest";
import { RouteLimits } from "../../../src/delivery/limits/route-limits.ts";

function mx(domain: string, binding?: string): Route {
  return binding === undefined ? { kind: "mx", domain } : { kind: "mx", domain, binding };
}

function configOf(worker: object, more: object = {}): Config {
  return configSchema.parse({ worker, ...more });
}

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

test("a delivery beyond the limit of its destination waits for another to end, those to others do not", async () => {
  const limits = new RouteLimits(configOf({ destinationConcurrency: 1 }), () => 0);
  const leave = await limits.enter("mx a.example", mx("a.example"));
  let entered = false;
  const waiting = limits.enter("mx a.example", mx("a.example")).then((leaveToo) => {
    entered = true;
    return leaveToo;
  });
  const leaveOther = await limits.enter("mx b.example", mx("b.example"));
  expect([entered, limits.active]).toEqual([false, 2]);
  // A route may have as many messages waiting as in delivery.
  expect([...limits.full().excludeRoutes]).toEqual(["mx a.example"]);
  expect([limits.isFull("mx a.example"), limits.isFull("mx b.example")]).toEqual([true, false]);
  leave();
  (await waiting)();
  leaveOther();
  expect([limits.active, limits.routes]).toEqual([0, 0]);
});

test("a binding at its limit excludes all its MX routes, including those that have had no mail yet", async () => {
  const config = configOf({ bindings: { out: { concurrency: 1 } } }, { bindings: { out: {} } });
  const limits = new RouteLimits(config, () => 0);
  const leave = await limits.enter("mx a.example by out", mx("a.example", "out"));
  const waiting = limits.enter("mx b.example by out", mx("b.example", "out"));
  expect(limits.full().excludeEndings).toEqual([" by out"]);
  leave();
  (await waiting)();
  expect(limits.full().excludeEndings).toEqual([]);
});

describe("a destination with a rate limit", () => {
  const config = configOf({ destinations: { "*": { perMinute: 60 } } });

  test("gets its next delivery when the interval has passed, not before", async () => {
    let nowMs = 0;
    const limits = new RouteLimits(config, () => nowMs);
    (await limits.enter("mx a.example", mx("a.example")))();
    expect(limits.isFull("mx a.example")).toBe(true);
    nowMs = 999;
    expect(limits.isFull("mx a.example")).toBe(true);
    nowMs = 1000;
    expect(limits.isFull("mx a.example")).toBe(false);
  });

  test("is forgotten when its next delivery may start, so that memory does not grow with each domain", async () => {
    let nowMs = 0;
    const limits = new RouteLimits(config, () => nowMs);
    for (let at = 0; at < 100; at++) {
      (await limits.enter(`mx d${at}.example`, mx(`d${at}.example`)))();
    }
    expect(limits.full().excludeRoutes.size).toBe(100);
    nowMs = 1000;
    expect(limits.full().excludeRoutes.size).toBe(0);
    expect(limits.routes).toBe(0);
  });
});

test("the routes of a binding that is in use are forgotten when they are idle", async () => {
  const config = configOf({ bindings: { out: { concurrency: 9 } } }, { bindings: { out: {} } });
  const limits = new RouteLimits(config, () => 0);
  const leave = await limits.enter("mx a.example by out", mx("a.example", "out"));
  for (let at = 0; at < 100; at++) {
    (await limits.enter(`mx d${at}.example by out`, mx(`d${at}.example`, "out")))();
  }
  limits.full();
  expect(limits.routes).toBe(1);
  leave();
});
