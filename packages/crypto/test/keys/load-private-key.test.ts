import { execFileSync } from "node:child_process";
import { createPrivateKey, createPublicKey } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { inspect } from "node:util";
import { serialize } from "node:v8";
import { corpusPath } from "@mailseal/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { generateKey, KeyError, loadPrivateKey, type LoadOptions } from "../../src/index.ts";

const rsa = generateKey({ type: "rsa", bits: 1024 });
const ed = generateKey({ type: "ed25519" });
const rsaObject = createPrivateKey(rsa.toPem());
const edObject = createPrivateKey(ed.toPem());
const passphrase = "correct horse";
const pkcs8 = rsaObject.export({ type: "pkcs8", format: "der" });
const pkcs1 = rsaObject.export({ type: "pkcs1", format: "der" });
const edDer = edObject.export({ type: "pkcs8", format: "der" });
const seed = edDer.subarray(-32);
const pkcs1Pem = rsaObject.export({ type: "pkcs1", format: "pem" }).toString();

function openssl(args: readonly string[], input: string | Uint8Array): Buffer {
  return execFileSync("openssl", args, { input, stdio: ["pipe", "pipe", "ignore"] });
}

const legacyEncrypted = openssl(
  ["rsa", "-traditional", "-aes128", "-passout", `pass:${passphrase}`],
  rsa.toPem(),
).toString();

describe("every form of a key", () => {
  const forms: readonly (readonly [string, string | Uint8Array, LoadOptions, typeof rsa])[] = [
    ["PEM, PKCS#8", rsa.toPem(), {}, rsa],
    ["PEM, PKCS#1", pkcs1Pem, {}, rsa],
    ["PEM as bytes", Buffer.from(rsa.toPem()), {}, rsa],
    ["PEM with CRLF", rsa.toPem().replaceAll("\n", "\r\n"), {}, rsa],
    ["PEM with CR", rsa.toPem().replaceAll("\n", "\r"), {}, rsa],
    ["PEM after text", `Bag Attributes\n  name: mail\n\n${rsa.toPem()}`, {}, rsa],
    ["PEM without last line end", pkcs1Pem.trimEnd(), {}, rsa],
    ["PEM, PKCS#8, encrypted", rsa.toPem({ passphrase }), { passphrase }, rsa],
    ["PEM, PKCS#1, encrypted the old way", legacyEncrypted, { passphrase }, rsa],
    ["DER, PKCS#8", pkcs8, {}, rsa],
    ["DER, PKCS#1", pkcs1, {}, rsa],
    ["base64 of PKCS#8 (keybuf)", pkcs8.toString("base64"), {}, rsa],
    ["base64 of PKCS#1 (keybuf)", pkcs1.toString("base64"), {}, rsa],
    ["base64 in lines", pkcs1.toString("base64").replaceAll(/.{64}/g, "$&\r\n"), {}, rsa],
    ["base64 as bytes", Buffer.from(pkcs1.toString("base64")), {}, rsa],
    ["Ed25519 PEM", ed.toPem(), {}, ed],
    ["Ed25519 PEM, encrypted", ed.toPem({ passphrase }), { passphrase }, ed],
    ["Ed25519 DER", edDer, {}, ed],
    ["Ed25519 seed", seed, {}, ed],
    ["Ed25519 seed in base64", seed.toString("base64"), {}, ed],
    ["the type asked for", ed.toPem(), { type: "ed25519" }, ed],
  ];
  test.each(forms)("%s", (_, input, options, expected) => {
    const key = loadPrivateKey(input, options);
    expect(key.publicKey.equals(expected.publicKey)).toBe(true);
    expect([key.type, key.bits]).toEqual([expected.type, expected.bits]);
  });

  test("KeyObject", () => {
    expect(loadPrivateKey(rsaObject).publicKey.equals(rsa.publicKey)).toBe(true);
  });

  test.each([512, 768, 1024, 3072])("RSA of %i bits", (bits) => {
    expect(loadPrivateKey(generateKey({ type: "rsa", bits }).toPem()).bits).toBe(bits);
  });

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
});

describe("what is refused, and how it is called", () => {
  const ec = openssl(["ecparam", "-name", "prime256v1", "-genkey", "-noout"], "");
  const ecPkcs8 = openssl(["pkcs8", "-topk8", "-nocrypt"], ec);
  const x25519 = openssl(["genpkey", "-algorithm", "x25519"], "");
  const pss = openssl(["genpkey", "-algorithm", "rsa-pss", "-pkeyopt", "rsa_keygen_bits:1024"], "");
  const publicPem = createPublicKey(rsaObject).export({ type: "spki", format: "pem" });
  const cases: readonly (readonly [string, string | Uint8Array, LoadOptions, string])[] = [
    ["nothing", "", {}, "key-unreadable"],
    ["words", "this is no key", {}, "key-unreadable"],
    ["a public key", publicPem.toString(), {}, "key-unreadable"],
    ["a public key in DER", rsa.publicKey.toSpki(), {}, "key-unreadable"],
    [
      "a certificate",
      "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
      {},
      "key-unreadable",
    ],
    ["an EC key", ec, {}, "key-type"],
    ["an EC key in PKCS#8", ecPkcs8, {}, "key-type"],
    ["an X25519 key", x25519, {}, "key-type"],
    ["an RSA-PSS key", pss, {}, "key-type"],
    ["another type than asked for", rsa.toPem(), { type: "ed25519" }, "key-type"],
    ["encrypted, no passphrase", rsa.toPem({ passphrase }), {}, "key-encrypted"],
    ["encrypted the old way, no passphrase", legacyEncrypted, {}, "key-encrypted"],
    [
      "the wrong passphrase",
      rsa.toPem({ passphrase }),
      { passphrase: "wrong" },
      "passphrase-wrong",
    ],
    [
      "the wrong passphrase, the old way",
      legacyEncrypted,
      { passphrase: "wrong" },
      "passphrase-wrong",
    ],
    ["a PEM cut off", rsa.toPem().slice(0, 400), {}, "key-unreadable"],
    ["DER cut off", pkcs8.subarray(0, 300), {}, "key-unreadable"],
    ["33 octets", Buffer.alloc(33), {}, "key-unreadable"],
    ["a megabyte", Buffer.alloc(1 << 20, "A"), {}, "key-unreadable"],
  ];
  test.each(cases)("%s", (_, input, options, code) => {
    expect(() => loadPrivateKey(input, options)).toThrow(
      expect.objectContaining({ name: "KeyError", code }),
    );
  });

  test("any bytes are refused with a KeyError and nothing else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(), (bytes, at) => {
        const damaged = Buffer.from(pkcs1);
        damaged.set(
          bytes.subarray(0, damaged.length),
          Math.min(at % damaged.length, damaged.length - Math.min(bytes.length, damaged.length)),
        );
        for (const input of [bytes, damaged, Buffer.from(bytes).toString("latin1")]) {
          try {
            loadPrivateKey(input);
          } catch (error) {
            expect(error).toBeInstanceOf(KeyError);
          }
        }
      }),
    );
  });
});

describe("a secret stays one", () => {
  const secrets = [
    ...rsa
      .toPem()
      .split("\n")
      .filter((line) => line.length > 40),
    seed.toString("base64").slice(0, 40),
    seed.toString("hex"),
  ];
  function expectNoSecret(text: string): void {
    for (const secret of secrets) {
      expect(text).not.toContain(secret);
    }
  }
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
  test("in errors", () => {
    const broken = rsa.toPem().replace("-----END", "!!!!-----END");
    for (const input of [
      broken,
      rsa.toPem({ passphrase }),
      `${seed.toString("base64")}!`,
      legacyEncrypted,
    ]) {
      try {
        loadPrivateKey(input, { passphrase: "wrong" });
        expect.unreachable();
      } catch (error) {
        expectNoSecret(inspect(error, { depth: null, showHidden: true }));
        expect(error).not.toHaveProperty("cause");
      }
    }
  });
});

describe.skipIf(corpusPath() === undefined)("the keys of the corpus", () => {
  const corpus = corpusPath() ?? "";
  const files =
    corpus === ""
      ? []
      : readdirSync(corpus, { recursive: true, encoding: "utf8" }).filter(
          (name) => name.endsWith(".pem") && !name.includes("public"),
        );
  test.each(files)("%s", (name) => {
    expect(loadPrivateKey(readFileSync(join(corpus, name))).bits).toBeGreaterThan(0);
  });
});
