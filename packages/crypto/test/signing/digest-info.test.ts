import { expect, test } from "vitest";
import { generateKey, hash, recoverDigest, sign } from "../../src/index.ts";

const text = Buffer.from("signed text");
const key = generateKey({ type: "rsa", bits: 1024 });

test.each([
  ["rsa-sha256", "sha256"],
  ["rsa-sha1", "sha1"],
] as const)("%s", (algorithm, name) => {
  expect(recoverDigest(key.publicKey, sign(algorithm, key, text))).toEqual({
    hash: name,
    digest: new Uint8Array(hash(name, text)),
  });
});

test("nothing comes out with another key, another type, another size, an altered signature", () => {
  const signature = sign("rsa-sha256", key, text);
  const other = generateKey({ type: "rsa", bits: 1024 }).publicKey;
  expect(recoverDigest(other, signature)).toBeUndefined();
  expect(recoverDigest(generateKey({ type: "ed25519" }).publicKey, signature)).toBeUndefined();
  expect(recoverDigest(key.publicKey, signature.subarray(1))).toBeUndefined();
  expect(recoverDigest(key.publicKey, new Uint8Array(0))).toBeUndefined();
  const altered = Buffer.from(signature);
  altered[5] = (altered[5] ?? 0) ^ 1;
  expect(recoverDigest(key.publicKey, altered)).toBeUndefined();
});
