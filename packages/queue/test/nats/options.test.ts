import { expect, test } from "vitest";
import { checkNatsOptions } from "../../src/nats/options.ts";

test("fills in the defaults that the README lists", () => {
  const { clock: _, elapsedMs: __, ...checked } = checkNatsOptions({ connection: {} });
  expect(checked).toEqual({
    connection: {},
    name: "mailseal",
    replicas: 1,
    durability: "checked",
    monitor: [],
    shards: 8,
    leaseMs: 60_000,
    dedupWindowMs: 120_000,
    maxBytes: undefined,
    reserveBytes: 8 * 1024 * 1024,
    timeoutMs: 5000,
    excludedMs: 1000,
    checkMs: 10_000,
    collectMs: 3_600_000,
  });
});

test.each([
  [{ name: "a.b" }, 'name: expected 1 to 64 letters, digits, "_" and "-", got "a.b"'],
  [{ name: "" }, /^name: expected/],
  [{ replicas: 0 }, "replicas: expected a whole number from 1, got 0"],
  [{ checkMs: 2 ** 31 }, /^checkMs must be a whole number from 1 to 2147483647/],
])("refuses %j", (options, message) => {
  const check = (): unknown => checkNatsOptions({ connection: {}, ...options });
  expect(check).toThrow(message);
  expect(check).toThrow(expect.objectContaining({ code: "bad-option" }));
});
