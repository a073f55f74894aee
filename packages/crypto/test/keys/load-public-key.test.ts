import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { generateKey, KeyError, loadPublicKey } from "../../src/index.ts";
import { writeDer, writeInteger } from "../../src/keys/der.ts";
import { writeRsaSpki } from "../../src/keys/rsa-public-key.ts";

const rsa = generateKey({ type: "rsa", bits: 1024 }).publicKey;
const ed = generateKey({ type: "ed25519" }).publicKey;

function modulusOf(bits: number): Uint8Array {
  const modulus = new Uint8Array(bits / 8).fill(0xa5);
  modulus[modulus.length - 1] = 0x0d;
  return modulus;
}

function rsaKey(bits: number, exponent: readonly number[]): Uint8Array {
  return writeRsaSpki({ modulus: modulusOf(bits), exponent: Uint8Array.from(exponent) });
}

describe("forms", () => {
  test("RSA as SPKI and as PKCS#1 is one key", () => {
    const key = loadPublicKey(rsa.toSpki(), "rsa");
    expect(key.equals(rsa)).toBe(true);
    expect(loadPublicKey(rsa.toPkcs1(), "rsa").equals(key)).toBe(true);
    expect(Buffer.from(key.toRecordBytes()).equals(rsa.toSpki())).toBe(true);
    expect([key.type, key.bits, key.fingerprint]).toEqual(["rsa", 1024, rsa.fingerprint]);
  });
  test("Ed25519 raw and as SPKI is one key", () => {
    const key = loadPublicKey(ed.toRecordBytes(), "ed25519");
    expect(ed.toRecordBytes().length).toBe(32);
    expect(key.equals(ed)).toBe(true);
    expect(loadPublicKey(ed.toSpki(), "ed25519").equals(ed)).toBe(true);
  });
  test("a modulus without its sign octet, as old tools wrote it", () => {
    const modulus = modulusOf(1024);
    const numbers = writeDer(0x30, writeDer(0x02, modulus), writeInteger(Uint8Array.of(1, 0, 1)));
    expect(loadPublicKey(numbers, "rsa").bits).toBe(1024);
  });
});

describe("limits", () => {
  const cases: readonly (readonly [string, Uint8Array, string | number])[] = [
    ["512 bits", rsaKey(512, [1, 0, 1]), 512],
    ["8192 bits", rsaKey(8192, [1, 0, 1]), 8192],
    ["e=3", rsaKey(1024, [3]), 1024],
    ["e of 64 bits", rsaKey(1024, [0x80, 0, 0, 0, 0, 0, 0, 1]), 1024],
    ["504 bits", rsaKey(504, [1, 0, 1]), "key-size"],
    ["8200 bits", rsaKey(8200, [1, 0, 1]), "key-size"],
    ["16384 bits", rsaKey(16_384, [1, 0, 1]), "key-size"],
    ["e=1", rsaKey(1024, [1]), "key-exponent"],
    ["e=0", rsaKey(1024, [0]), "key-exponent"],
    ["even e", rsaKey(1024, [1, 0, 0]), "key-exponent"],
    ["e of 65 bits", rsaKey(1024, [1, 0, 0, 0, 0, 0, 0, 0, 1]), "key-exponent"],
    [
      "e of a thousand octets",
      rsaKey(
        1024,
        Array.from({ length: 1000 }, () => 1),
      ),
      "key-exponent",
    ],
    ["octets after the key", Buffer.concat([rsa.toSpki(), Buffer.from([0])]), "key-unreadable"],
    ["a key cut off", rsa.toSpki().subarray(0, -1), "key-unreadable"],
    ["nothing", new Uint8Array(), "key-unreadable"],
    [
      "three integers",
      writeDer(
        0x30,
        writeInteger(modulusOf(1024)),
        writeInteger(Uint8Array.of(3)),
        writeInteger(Uint8Array.of(3)),
      ),
      "key-unreadable",
    ],
    [
      "an EC key",
      generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({
        type: "spki",
        format: "der",
      }),
      "key-type",
    ],
    ["an Ed25519 key", ed.toSpki(), "key-type"],
    ["a megabyte of nesting", Buffer.alloc(1 << 20, Buffer.from([0x30, 0x80])), "key-unreadable"],
  ];
  test.each(cases)("RSA: %s", (_, bytes, expected) => {
    if (typeof expected === "number") {
      expect(loadPublicKey(bytes, "rsa").bits).toBe(expected);
    } else {
      expect(() => loadPublicKey(bytes, "rsa")).toThrow(
        expect.objectContaining({ name: "KeyError", code: expected }),
      );
    }
  });

  const smallOrder = [
    "00".repeat(32),
    `01${"00".repeat(31)}`,
    `${"00".repeat(31)}80`,
    `ec${"ff".repeat(30)}7f`,
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
  ];
  test.each(smallOrder)("Ed25519 of small order: %s", (hex) => {
    expect(() => loadPublicKey(Buffer.from(hex, "hex"), "ed25519")).toThrow(
      expect.objectContaining({ code: "key-weak" }),
    );
  });
  test.each([0, 31, 33, 44])("Ed25519 of %i octets", (length) => {
    expect(() => loadPublicKey(new Uint8Array(length), "ed25519")).toThrow(
      expect.objectContaining({ code: "key-unreadable" }),
    );
  });

  test("any bytes are a key or a KeyError", () => {
    const spki = rsa.toSpki();
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.nat(spki.length - 1),
        fc.nat(255),
        (bytes, at, byte) => {
          const damaged = Uint8Array.from(spki);
          damaged[at] = byte;
          for (const input of [bytes, damaged]) {
            for (const type of ["rsa", "ed25519"] as const) {
              try {
                loadPublicKey(input, type);
              } catch (error) {
                expect(error).toBeInstanceOf(KeyError);
              }
            }
          }
        },
      ),
    );
  });
});
