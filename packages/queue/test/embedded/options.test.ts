import { expect, test } from "vitest";
import { checkOptions } from "../../src/embedded/options.ts";

const mebibyte = 1024 * 1024;

test("fills in the defaults that the README lists", () => {
  const { store, thread, ...others } = checkOptions({ file: "q.db" });
  expect(store).toEqual({
    file: "q.db",
    dedupWindowMs: 120_000,
    busyTimeoutMs: 10_000,
    minFreeBytes: 64 * mebibyte,
    minFreeSettlingBytes: 48 * mebibyte,
    maxBytes: undefined,
    fullCheckBytes: 64 * mebibyte,
  });
  expect(thread.maxPendingBytes).toBe(64 * mebibyte);
  expect(others).toEqual({ leaseMs: 60_000, pollMs: 100, maintenanceMs: 5000 });
});

test("messages that settle others never need more free space than the others", () => {
  const { store } = checkOptions({ file: "q.db", minFreeBytes: 100, minFreeSettlingBytes: 500 });
  expect(store.minFreeSettlingBytes).toBe(100);
});

test.each([
  [{ file: "" }, 'file: expected the path of a file, got ""'],
  [
    { file: "q.db", leaseMs: -1 },
    /^leaseMs: expected a whole number of milliseconds from 0, got -1/,
  ],
  [{ file: "q.db", maintenanceMs: 2 ** 31 }, /^maintenanceMs must be .* to 2147483647/],
])("refuses %j", (options, message) => {
  expect(() => checkOptions(options)).toThrow(message);
  expect(() => checkOptions(options)).toThrow(expect.objectContaining({ code: "bad-option" }));
});
