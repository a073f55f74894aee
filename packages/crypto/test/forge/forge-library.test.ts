import { createPrivateKey } from "node:crypto";
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { loadWithForge } from "../../src/forge/forge-library.ts";
import { generateKey, loadPrivateKey } from "../../src/index.ts";

const rsa = generateKey({ type: "rsa", bits: 1024 });
const pkcs1Pem = rsa.toKeyObject().export({ type: "pkcs1", format: "pem" }).toString();
const passphrase = "correct horse";

test("a cipher that OpenSSL has retired", () => {
  const { pki } = createRequire(import.meta.url)("node-forge") as typeof import("node-forge");
  const pem = pki.encryptRsaPrivateKey(pki.privateKeyFromPem(pkcs1Pem), passphrase, {
    legacy: true,
    // The types know fewer ciphers than the library.
    algorithm: "des" as "3des",
  });
  expect(pem).toContain("DES-CBC");
  expect(() => createPrivateKey({ key: pem, passphrase })).toThrow(/unsupported/);
  expect(loadPrivateKey(pem, { passphrase }).publicKey.equals(rsa.publicKey)).toBe(true);
});

test.each([
  ["words", { kind: "pem", pem: "no key", encrypted: false }],
  ["octets that are no key", { kind: "der", der: Uint8Array.of(0x30, 0), encrypted: false }],
] as const)("%s cannot be read, and nothing is thrown", (_, form) => {
  expect(loadWithForge(form, undefined)).toBeUndefined();
});
