import { expect, test } from "vitest";
import { LoginLockout } from "../../src/clients/login-lockout.ts";

const settings = { failuresPerClient: 3, failuresPerLogin: 5, period: 1000, failureDelay: 100 };

test("a login that strangers guess is locked for them, but not for clients that have logged in before", () => {
  let now = 0;
  const lockout = new LoginLockout(() => now);
  lockout.succeeded("192.0.2.1", "joe");
  for (let host = 1; host <= 5; host++) lockout.failed(`198.51.100.${host}`, "joe", settings);
  expect(lockout.isLockedOut("203.0.113.1", "joe", settings)).toBe(true);
  expect(lockout.isLockedOut("203.0.113.1", "ann", settings)).toBe(false);
  expect(lockout.isLockedOut("192.0.2.1", "joe", settings)).toBe(false);
  for (let count = 0; count < 3; count++) lockout.failed("192.0.2.1", "joe", settings);
  expect(lockout.isLockedOut("192.0.2.1", "joe", settings)).toBe(true);
  now = 1000;
  expect(lockout.isLockedOut("203.0.113.1", "joe", settings)).toBe(false);
  expect(lockout.isLockedOut("192.0.2.1", "joe", settings)).toBe(false);
});

test("replies take longer with each failure, and the tables are bounded", () => {
  const lockout = new LoginLockout(() => 0);
  expect([1, 2, 3].map(() => lockout.failed("192.0.2.1", "joe", settings))).toEqual([
    100, 200, 300,
  ]);
  for (let count = 0; count < 60_000; count++) lockout.failed("192.0.2.1", `u${count}`, settings);
  expect(lockout.size).toBeLessThanOrEqual(100_000);
  expect(lockout.failed("192.0.2.1", "joe", settings)).toBe(1000);
});
