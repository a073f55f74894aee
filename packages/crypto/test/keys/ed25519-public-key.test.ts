import { expect, test } from "vitest";
import { generateKey } from "../../src/index.ts";
import {
  rawOfEd25519Spki,
  readEd25519PublicKey,
  writeEd25519Spki,
} from "../../src/keys/ed25519-public-key.ts";

const key = generateKey({ type: "ed25519" }).publicKey;
const raw = Buffer.from(key.toRecordBytes());

test("the SPKI around a raw key is that of OpenSSL, and both are read as the raw key", () => {
  expect(Buffer.from(writeEd25519Spki(raw)).equals(key.toSpki())).toBe(true);
  expect(Buffer.from(rawOfEd25519Spki(key.toSpki())).equals(raw)).toBe(true);
  for (const form of [raw, key.toSpki()]) {
    expect(Buffer.from(readEd25519PublicKey(form)).equals(raw)).toBe(true);
  }
});

test("another prefix of the same length is no SPKI", () => {
  const altered = Buffer.from(key.toSpki());
  altered[3] = (altered[3] ?? 0) ^ 1;
  expect(() => readEd25519PublicKey(altered)).toThrow(
    expect.objectContaining({ code: "key-unreadable" }),
  );
});
