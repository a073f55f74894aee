import { describe, expect, test } from "vitest";
import {
  checkNumbers,
  checkTake,
  maxDurationMs,
  maxTimerMs,
  pageLimit,
  routeLimit,
  wholeDelay,
} from "../src/checked-options.ts";

const bad = expect.objectContaining({ code: "bad-option" });

describe("checkNumbers", () => {
  test.each([
    [{ pollMs: 0.5 }, 0, "pollMs must be a whole number from 0 to 2147483647, got 0.5"],
    [{ pollMs: maxTimerMs + 1 }, 0, /^pollMs must be a whole number from 0 to 2147483647/],
    [{ leaseMs: maxDurationMs + 1 }, 0, /^leaseMs must be a whole number from 0 to 3153600000000/],
    [{ leaseMs: Number.NaN }, 0, /^leaseMs must be .*got NaN/],
    [{ maxBytes: -1 }, 0, "maxBytes must be a whole number from 0, got -1"],
    [{ replicas: 0 }, 1, "replicas must be a whole number from 1, got 0"],
  ] as const)("refuses %j", (options, least, message) => {
    expect(() => checkNumbers(options, least)).toThrow(message);
    expect(() => checkNumbers(options, least)).toThrow(bad);
  });

  test("accepts whole numbers, and ignores options that are not numbers", () => {
    const options = { leaseMs: maxDurationMs, pollMs: maxTimerMs, maxBytes: 2 ** 50, file: "-1" };
    expect(() => checkNumbers(options, 0)).not.toThrow();
  });
});

describe("checkTake", () => {
  test.each([
    [0, {}],
    [1.5, {}],
    [1, { maxPerRoute: 0 }],
    [1, { maxPerRoute: 2.5 }],
    [1, { waitMs: Number.NaN }],
    [1, { waitMs: -1 }],
    [1, { maxBytes: Number.NaN }],
  ])("refuses a batch of %d with %j", (batch, options) => {
    expect(() => checkTake(batch, options)).toThrow(bad);
  });

  test("accepts a wait without end and bodies without limit", () => {
    expect(() => checkTake(10, { waitMs: Infinity, maxBytes: Infinity })).not.toThrow();
  });
});

test("a page has 100 entries unless limit is set, and at most 1,000", () => {
  expect([pageLimit({}), pageLimit({ limit: 7 }), pageLimit({ limit: 5000 })]).toEqual([
    100, 7, 1000,
  ]);
  for (const limit of [0, 2.5, Number.NaN]) expect(() => pageLimit({ limit })).toThrow(bad);
});

test("stats report 100 routes unless maxRoutes is set", () => {
  expect([routeLimit({}), routeLimit({ maxRoutes: 0 })]).toEqual([100, 0]);
  for (const maxRoutes of [-1, 1.5]) expect(() => routeLimit({ maxRoutes })).toThrow(bad);
});

test("a delay is rounded and never negative", () => {
  expect([wholeDelay("afterMs", 1.6), wholeDelay("afterMs", -5)]).toEqual([2, 0]);
  for (const delayMs of [Number.NaN, Infinity, maxDurationMs + 1]) {
    expect(() => wholeDelay("afterMs", delayMs)).toThrow(/^afterMs must be a number of mill/);
  }
});
