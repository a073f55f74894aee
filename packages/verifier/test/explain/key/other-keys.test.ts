import { generateKey, type PrivateKey } from "@mailseal/crypto";
import { formatKeyRecord } from "@mailseal/dns-record";
import { describe, expect, test } from "vitest";
import { codesOf, ed25519, explained, rsa, signed, zone } from "../../support/explained.ts";

const other = generateKey({ type: "rsa" });

describe("a key at another selector that made the signature", () => {
  const record = (key: PrivateKey): string => formatKeyRecord(key.publicKey);

  test("the selector next to it has the key: rotation", async () => {
    const keys = zone({
      "mail2025._domainkey.example.com": [record(rsa)],
      "mail2026._domainkey.example.com": [record(other)],
    });
    const { signatures } = await explained(signed({ selector: "mail2026" }), { keys });
    expect(signatures[0]?.causes).toEqual([
      expect.objectContaining({
        code: "wrong-key",
        detail: expect.stringContaining("mail2025") as string,
      }),
    ]);
  });

  test.each([
    ["a selector that is in use everywhere", "default", {}],
    ["a selector that the caller names", "winter", { selectors: ["winter"] }],
  ])("%s", async (_, selector, options) => {
    const keys = zone({
      [`${selector}._domainkey.example.com`]: [record(rsa)],
      "r._domainkey.example.com": [record(other)],
    });
    expect(await codesOf(signed(), { keys, ...options })).toEqual(["wrong-key"]);
  });

  test("of Ed25519, by verifying with it", async () => {
    const keys = zone({
      "s1._domainkey.example.com": [record(ed25519)],
      "r._domainkey.example.com": [record(generateKey({ type: "ed25519" }))],
    });
    expect(await codesOf(signed({ key: ed25519 }), { keys })).toEqual(["wrong-key"]);
  });
});
