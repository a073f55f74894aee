import { expect, test } from "vitest";
import { bodyOf, keyAt, keyOf, messageOf } from "../../src/crash/body.ts";

test.each([0, 5, 4096, 700_000])("the key of a body of %i bytes is found", (sizeBytes) => {
  expect(keyOf(bodyOf("producer0-7", sizeBytes))).toBe("producer0-7");
});

test("a body with one wrong byte has no key", () => {
  const body = Buffer.from(bodyOf("k", 1000));
  body[999] = 0;
  expect(keyOf(body)).toBeUndefined();
  expect(keyOf(new Uint8Array())).toBeUndefined();
});

test("the key of a destination has the key of its message", () => {
  expect(messageOf(keyAt("producer0-7", "route-3"))).toBe("producer0-7");
});
