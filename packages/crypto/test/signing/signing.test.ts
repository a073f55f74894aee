import { constants, privateEncrypt } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { forgeEngine } from "../../src/forge.ts";
import {
  type AlgorithmName,
  type Engine,
  generateKey,
  loadPrivateKey,
  loadPublicKey,
  nodeEngine,
  type PrivateKey,
} from "../../src/index.ts";
import { writeRsaSpki } from "../../src/keys/rsa-public-key.ts";

const keys: readonly (readonly [AlgorithmName, PrivateKey])[] = [
  ["rsa-sha256", generateKey({ type: "rsa", bits: 1024 })],
  ["rsa-sha1", generateKey({ type: "rsa", bits: 512 })],
  ["rsa-sha256", generateKey({ type: "rsa", bits: 512 })],
  ["rsa-sha256", generateKey({ type: "rsa", bits: 776 })],
  ["rsa-sha256", generateKey({ type: "rsa", bits: 2048 })],
  ["ed25519-sha256", generateKey({ type: "ed25519" })],
];
const engines: readonly (readonly [string, Engine])[] = [
  ["node:crypto", nodeEngine],
  ["node-forge", forgeEngine],
];

describe.each(keys)("%s, %s", (algorithm, key) => {
  test("both engines make the same signature, and each verifies it (property)", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (text) => {
        const made = engines.map(([, engine]) => Buffer.from(engine.sign(algorithm, key, text)));
        expect(made[0]?.equals(made[1] ?? Buffer.alloc(0))).toBe(true);
        for (const [, engine] of engines) {
          expect(engine.verify(algorithm, key.publicKey, text, made[0] ?? new Uint8Array())).toBe(
            true,
          );
        }
      }),
      { numRuns: 20 },
    );
  });

  test.each(engines)("%s refuses anything but the signature", (_, engine) => {
    const text = Buffer.from("from:a@example.com\r\n");
    const signature = engine.sign(algorithm, key, text);
    const { publicKey } = key;
    const other = Buffer.from(signature);
    other[5] = (other[5] ?? 0) ^ 1;
    const wrong = [
      other,
      signature.subarray(1),
      Buffer.concat([signature, Buffer.of(0)]),
      Buffer.concat([Buffer.of(0), signature]),
      new Uint8Array(),
      Buffer.alloc(signature.length),
      Buffer.alloc(signature.length, 0xff),
      Buffer.alloc(100_000, 1),
    ];
    for (const bytes of wrong) {
      expect(engine.verify(algorithm, publicKey, text, bytes)).toBe(false);
    }
    expect(
      engine.verify(algorithm, publicKey, Buffer.from("from:b@example.com\r\n"), signature),
    ).toBe(false);
  });

  test.each(engines)("%s refuses an algorithm of another key type", (_, engine) => {
    const name = key.type === "rsa" ? "ed25519-sha256" : "rsa-sha256";
    expect(() => engine.sign(name, key, new Uint8Array())).toThrow(
      expect.objectContaining({ code: "algorithm-mismatch" }),
    );
    expect(() => engine.verify(name, key.publicKey, new Uint8Array(), new Uint8Array())).toThrow(
      expect.objectContaining({ code: "algorithm-mismatch" }),
    );
  });
});

test("both engines with the longest key, 8192 bits", { timeout: 60_000 }, () => {
  // Making one takes half a minute.
  const key = loadPrivateKey(readFileSync(new URL("rsa-8192.key", import.meta.url)));
  expect(key.bits).toBe(8192);
  const text = Buffer.from("from:a@example.com\r\n");
  const [ours = new Uint8Array(), theirs] = engines.map(([, engine]) =>
    engine.sign("rsa-sha256", key, text),
  );
  expect(ours.length).toBe(1024);
  expect(theirs).toEqual(Uint8Array.from(ours));
  for (const [, engine] of engines) {
    expect(engine.verify("rsa-sha256", key.publicKey, text, ours)).toBe(true);
  }
});

describe("forged padding with e=3 (Bleichenbacher 2006)", () => {
  /** The integer cube root, rounded up. */
  function cubeRoot(value: bigint): bigint {
    let low = 0n;
    let high = 1n << BigInt(Math.ceil(value.toString(2).length / 3) + 1);
    while (low < high) {
      const middle = (low + high) >> 1n;
      if (middle ** 3n < value) {
        low = middle + 1n;
      } else {
        high = middle;
      }
    }
    return low;
  }

  test.each(engines)("%s is not fooled", (_, engine) => {
    const octets = 256;
    const modulus = Buffer.alloc(octets, 0xff);
    const key = loadPublicKey(writeRsaSpki({ modulus, exponent: Uint8Array.of(3) }), "rsa");
    const text = Buffer.from("from:ceo@example.com\r\n");
    const digestInfo = Buffer.concat([
      Buffer.from("3031300d060960864801650304020105000420", "hex"),
      nodeEngine.hash("sha256", text),
    ]);
    const block = Buffer.concat([Buffer.from("0001ffffffffffffffff00", "hex"), digestInfo]);
    const padded = Buffer.concat([block, Buffer.alloc(octets - block.length)]);
    const root = cubeRoot(BigInt(`0x${padded.toString("hex")}`));
    const cube = (root ** 3n).toString(16).padStart(octets * 2, "0");
    expect(cube.startsWith(block.toString("hex"))).toBe(true);
    const signature = Buffer.from(root.toString(16).padStart(octets * 2, "0"), "hex");
    expect(engine.verify("rsa-sha256", key, text, signature)).toBe(false);
  });
});

describe("a block that is padded as it should be, and holds something else", () => {
  const key = generateKey({ type: "rsa", bits: 1024 });
  const text = Buffer.from("from:ada@example.com\r\n");
  const prefix = "3031300d060960864801650304020105000420";
  const digest = Buffer.from(nodeEngine.hash("sha256", text)).toString("hex");
  const signatureOf = (hex: string): Uint8Array =>
    privateEncrypt(key.toKeyObject(), Buffer.from(hex, "hex"));

  test.each([
    ["the DigestInfo: verifies", prefix + digest, true],
    ["the digest alone", digest, false],
    ["a DigestInfo without NULL", `302f300b06096086480165030402010420${digest}`, false],
    ["an octet behind it", `${prefix}${digest}00`, false],
    ["an octet too few", (prefix + digest).slice(0, -2), false],
    ["an octet before it", `00${prefix}${digest}`, false],
    ["the prefix of SHA-512", `3031300d060960864801650304020305000420${digest}`, false],
    ["nothing", "", false],
  ])("%s", (_, hex, verifies) => {
    for (const [, engine] of engines) {
      expect(engine.verify("rsa-sha256", key.publicKey, text, signatureOf(hex))).toBe(verifies);
    }
  });

  test("padding for encryption is none for a signature", () => {
    const block = Buffer.from(`${prefix}${digest}`, "hex");
    const padding = Buffer.alloc(128 - 3 - block.length, 0xff);
    const signatures = [1, 2].map((type) =>
      privateEncrypt(
        { key: key.toKeyObject(), padding: constants.RSA_NO_PADDING },
        Buffer.concat([Buffer.of(0, type), padding, Buffer.of(0), block]),
      ),
    );
    expect(
      signatures.map((signature) =>
        nodeEngine.verify("rsa-sha256", key.publicKey, text, signature),
      ),
    ).toEqual([true, false]);
  });

  test("a signature that is not below the modulus", () => {
    const signature = signatureOf(prefix + digest);
    const modulus = key.toKeyObject().export({ format: "jwk" }).n ?? "";
    const value = BigInt(`0x${Buffer.from(signature).toString("hex")}`);
    const larger = value + BigInt(`0x${Buffer.from(modulus, "base64url").toString("hex")}`);
    const bytes = Buffer.from(larger.toString(16).padStart(258, "0"), "hex");
    const sameLength = bytes[0] === 0 ? bytes.subarray(1) : bytes;
    expect(nodeEngine.verify("rsa-sha256", key.publicKey, text, sameLength)).toBe(false);
  });
});
