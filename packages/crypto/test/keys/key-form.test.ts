import { describe, expect, test } from "vitest";
import { generateKey } from "../../src/index.ts";
import { readKeyForm } from "../../src/keys/key-form.ts";

const rsa = generateKey({ type: "rsa", bits: 512 });
const der = rsa.toKeyObject().export({ type: "pkcs8", format: "der" });
const seed = generateKey({ type: "ed25519" })
  .toKeyObject()
  .export({ type: "pkcs8", format: "der" })
  .subarray(-32);

describe("a private key before it is parsed", () => {
  test.each([
    ["a PEM", rsa.toPem(), { kind: "pem", encrypted: false }],
    ["an encrypted PEM", rsa.toPem({ passphrase: "x" }), { kind: "pem", encrypted: true }],
    ["DER", der, { kind: "der", der }],
    ["base64 of DER", der.toString("base64"), { kind: "der", der }],
  ])("%s", (_, input, form) => {
    expect(readKeyForm(input)).toMatchObject(form);
  });

  test.each([
    ["octets", seed],
    ["base64", seed.toString("base64")],
  ])("a seed as %s becomes PKCS#8 (RFC 8410 7)", (_, input) => {
    const form = readKeyForm(input);
    expect(form.kind).toBe("der");
    if (form.kind === "der") {
      expect(Buffer.from(form.der).toString("hex")).toBe(
        `302e020100300506032b657004220420${seed.toString("hex")}`,
      );
    }
  });
});

test.each([
  ["a public key", Buffer.from(rsa.publicKey.toSpki()), /expected a private key, got a public one/],
  ["a PEM that is cut off", rsa.toPem().split("-----END")[0] ?? "", /without its END line/],
  ["words", "no key!", /expected a private key, got text that/],
])("%s has an error of its own", (_, input, message) => {
  expect(() => readKeyForm(input)).toThrow(message);
});
