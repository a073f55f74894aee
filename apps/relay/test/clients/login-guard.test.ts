import { expect, test } from "vitest";
import { LoginGuard } from "../../src/clients/login-guard.ts";

const settings = { failuresPerClient: 3, failuresPerLogin: 5, period: 1000, failureDelay: 100 };

test("a login that strangers guess is locked for them, but not for clients that have logged in before", () => {
  let now = 0;
  const guard = new LoginGuard(() => now);
  guard.succeeded("192.0.2.1", "joe");
  for (let host = 1; host <= 5; host++) guard.failed(`198.51.100.${host}`, "joe", settings);
  expect(guard.isLockedOut("203.0.113.1", "joe", settings)).toBe(true);
  expect(guard.isLockedOut("203.0.113.1", "ann", settings)).toBe(false);
  expect(guard.isLockedOut("192.0.2.1", "joe", settings)).toBe(false);
  for (let count = 0; count < 3; count++) guard.failed("192.0.2.1", "joe", settings);
  expect(guard.isLockedOut("192.0.2.1", "joe", settings)).toBe(true);
  now = 1000;
  expect(guard.isLockedOut("203.0.113.1", "joe", settings)).toBe(false);
  expect(guard.isLockedOut("192.0.2.1", "joe", settings)).toBe(false);
});

test("replies take longer with each failure, and the tables are bounded", () => {
  const guard = new LoginGuard(() => 0);
  expect([1, 2, 3].map(() => guard.failed("192.0.2.1", "joe", settings))).toEqual([100, 200, 300]);
  for (let count = 0; count < 60_000; count++) guard.failed("192.0.2.1", `u${count}`, settings);
  expect(guard.size).toBeLessThanOrEqual(100_000);
  expect(guard.failed("192.0.2.1", "joe", settings)).toBe(1000);
});
