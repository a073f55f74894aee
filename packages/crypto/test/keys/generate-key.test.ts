import { describe, expect, test } from "vitest";
import { generateKey, generateKeyAsync } from "../../src/index.ts";

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
