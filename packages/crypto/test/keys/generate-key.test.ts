import { describe, expect, test } from "vitest";
import { generateKey, generateKeyAsync, type GenerateOptions } from "../../src/index.ts";

describe("generateKey", () => {
  test("RSA has 2048 bits by default", async () => {
    expect((await generateKeyAsync({ type: "rsa" })).bits).toBe(2048);
    expect(generateKey({ type: "rsa", bits: 1024 }).bits).toBe(1024);
  });
  test("Ed25519", async () => {
    const key = await generateKeyAsync({ type: "ed25519" });
    expect([key.type, key.bits]).toEqual(["ed25519", 256]);
    expect(key.publicKey.equals(generateKey({ type: "ed25519" }).publicKey)).toBe(false);
  });
  test.each<[unknown, RegExp]>([
    ["rsa", /^options: expected an object of options, got "rsa"/],
    [{ type: "RSA" }, /^type: expected one of "rsa", "ed25519", got "RSA"; did you mean "rsa"/],
    [{}, /^type: .* got nothing: this option is required/],
    [{ type: "rsa", size: 2048 }, /^size: unknown option/],
    [{ type: "ed25519", bits: 256 }, /^bits: expected none/],
  ])("options %j are refused", async (options, message) => {
    expect(() => generateKey(options as GenerateOptions)).toThrow(message);
    await expect(generateKeyAsync(options as GenerateOptions)).rejects.toMatchObject({
      code: "bad-option",
      message: expect.stringMatching(message),
    });
  });
  test.each([0, 256, 511, 1025, 2047.5, 8200, 1e9, Number.NaN])(
    "%d bits are refused",
    async (bits) => {
      expect(() => generateKey({ type: "rsa", bits })).toThrow(
        expect.objectContaining({ code: "key-size" }),
      );
      await expect(generateKeyAsync({ type: "rsa", bits })).rejects.toMatchObject({
        code: "key-size",
      });
    },
  );
});
