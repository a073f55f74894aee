import { expect } from "vitest";
import type { PrivateKey } from "../../src/index.ts";

/** Makes an assertion that a text has nothing of these two private keys. */
export function noSecretOf(rsa: PrivateKey, ed25519: PrivateKey): (text: string) => void {
  const seed = ed25519.toKeyObject().export({ type: "pkcs8", format: "der" }).subarray(-32);
  const secrets = [
    ...rsa
      .toPem()
      .split("\n")
      .filter((line) => line.length > 40),
    seed.toString("base64").slice(0, 40),
    seed.toString("hex"),
  ];
  return (text) => {
    for (const secret of secrets) {
      expect(text).not.toContain(secret);
    }
  };
}
