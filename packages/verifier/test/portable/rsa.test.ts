import {
  constants,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  privateEncrypt,
  publicDecrypt,
} from "node:crypto";
import { expect, test } from "vitest";
import { openRsa, readRsaSpki } from "../../src/portable/rsa.ts";

const bits = 1024;
const octets = bits / 8;
const { privateKey, publicKey } = generateKeyPairSync("rsa", {
  modulusLength: bits,
  publicExponent: 3,
});
const content = Buffer.from("the DigestInfo");

function block(...parts: readonly (string | Buffer)[]): Buffer {
  const start = Buffer.concat(
    parts.map((it) => (typeof it === "string" ? Buffer.from(it, "hex") : it)),
  );
  return Buffer.concat([start, Buffer.alloc(octets - start.length)]);
}

/** The padding that leaves room for the content. */
const full = "ff".repeat(octets - 3 - content.length);

function spkiOf(key: KeyObject): Buffer {
  return key.export({ type: "spki", format: "der" });
}

/** The content that each of the two finds; undefined if it refuses the signature. */
function opened(key: KeyObject, signature: Uint8Array): readonly (string | undefined)[] {
  const attempt = (open: () => Uint8Array): string | undefined => {
    try {
      return Buffer.from(open()).toString("latin1");
    } catch {
      return undefined;
    }
  };
  return [
    attempt(() => publicDecrypt(key, signature)),
    attempt(() => openRsa(readRsaSpki(spkiOf(key)), signature)),
  ];
}

test.each([
  ["a padded block", block("0001", full, "00", content), content.toString()],
  ["a block without content", block("0001", "ff".repeat(octets - 3), "00"), ""],
  [
    "garbage after the content (CVE-2006-4339)",
    block("0001ffffffffffffffff00", content),
    expect.stringMatching(/^the DigestInfo\0+$/),
  ],
  ["seven octets of padding", block("0001ffffffffffffff00", content), undefined],
  ["no padding", block("000100", content), undefined],
  ["a block of type 2", block("0002", full, "00", content), undefined],
  ["a block of type 0", block("0000", full, "00", content), undefined],
  ["a first octet that is not 0", block("0101", full, "00", content), undefined],
  ["another octet in the padding", block("0001ffffffffffffffffff7fff00", content), undefined],
  ["no end of the padding", block("0001", "ff".repeat(octets - 2)), undefined],
  ["zeros", block(""), undefined],
] as const)("it opens %s as OpenSSL does", (_, padded, expected) => {
  const signature = privateEncrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, padded);
  expect(opened(publicKey, signature)).toEqual([expected, expected]);
});

test("it refuses a signature that is not below the modulus, as OpenSSL does", () => {
  expect(opened(publicKey, Buffer.alloc(octets, 0xff))).toEqual([undefined, undefined]);
});

test("it refuses an even modulus, as OpenSSL does", () => {
  const even = spkiOf(publicKey);
  const { modulus } = readRsaSpki(even);
  const at = even.indexOf(modulus) + modulus.length - 1;
  even[at] = (even[at] ?? 0) & 0xfe;
  const key = createPublicKey({ key: even, format: "der", type: "spki" });
  const root = cubeRootOf(block("0001", "ff".repeat(40), "00"));
  expect(opened(key, root)).toEqual([undefined, undefined]);
});

/** The number whose cube begins as the block does, for a forgery with exponent 3 (Bleichenbacher 2006). */
function cubeRootOf(padded: Buffer): Buffer {
  const target = BigInt(`0x${padded.toString("hex")}`);
  let low = 0n;
  let high = 1n << BigInt(Math.ceil(bits / 3));
  while (low < high) {
    const middle = (low + high) >> 1n;
    if (middle * middle * middle < target) low = middle + 1n;
    else high = middle;
  }
  return Buffer.from(low.toString(16).padStart(octets * 2, "0"), "hex");
}

test("it opens a forged cube root to what it is, so that its content is compared whole", () => {
  const forged = cubeRootOf(block("0001ffffffffffffffff00", content));
  const [node, portable] = opened(publicKey, forged);
  expect(node).toMatch(/^the DigestInfo/);
  expect(node).not.toBe(content.toString());
  expect(portable).toBe(node);
});
