import { inspect } from "node:util";
import { serialize } from "node:v8";
import { describe, expect, test } from "vitest";
import { generateKey, loadPrivateKey } from "../../src/index.ts";
import { noSecretOf } from "./expect-no-secret.ts";

const rsa = generateKey({ type: "rsa", bits: 1024 });
const ed = generateKey({ type: "ed25519" });

describe("a secret stays one", () => {
  const expectNoSecret = noSecretOf(rsa, ed);
  test.each([
    ["RSA", rsa],
    ["Ed25519", ed],
  ] as const)("in what %s shows", (_, key) => {
    const shown = [
      inspect(key, { depth: null, showHidden: true }),
      inspect({ key }, { depth: 9 }),
      JSON.stringify({ key }),
      String(key),
      `${key}`,
    ];
    for (const text of shown) {
      expectNoSecret(text);
      expect(text).toContain(key.publicKey.fingerprint);
    }
  });
  test.each([
    ["RSA", rsa],
    ["Ed25519", ed],
  ] as const)("in what is sent or stored of %s", (_, key) => {
    const sent = serialize(key);
    expectNoSecret(sent.toString("latin1"));
    expectNoSecret(inspect(structuredClone(key), { depth: null, showHidden: true }));
    expectNoSecret(JSON.stringify(Object.entries({ ...key })));
    const der = Buffer.from(key.toPem().replaceAll(/-----[^-]+-----|\s/g, ""), "base64");
    expect(sent.includes(der.subarray(-32))).toBe(false);
  });
});

test.each([rsa, ed])(
  "a PEM with a passphrase is encrypted, and opens with it only: $type",
  (key) => {
    const pem = key.toPem({ passphrase: "correct horse" });
    expect(pem).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----/);
    expect(
      loadPrivateKey(pem, { passphrase: "correct horse" }).publicKey.equals(key.publicKey),
    ).toBe(true);
    expect(() => loadPrivateKey(pem, { passphrase: "wrong" })).toThrow(
      expect.objectContaining({ code: "passphrase-wrong" }),
    );
  },
);

test("JSON has the type, the size and the fingerprint", () => {
  const { fingerprint } = rsa.publicKey;
  expect(JSON.parse(JSON.stringify(rsa))).toEqual({ type: "rsa", bits: 1024, fingerprint });
});
