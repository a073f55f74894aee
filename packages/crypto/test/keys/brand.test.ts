import { readFileSync } from "node:fs";
import { describe, expect, test, vi } from "vitest";
import * as ours from "../../src/index.ts";

vi.resetModules();
/** The same package once more, as two versions of a dependency bring it into one tree. */
const theirs: typeof ours = await import("../../src/index.ts");
const text = Buffer.from("from:ada@example.com\r\n");

test("the two copies have classes of their own", () => {
  expect(theirs.PrivateKey).not.toBe(ours.PrivateKey);
  expect(theirs.generateKey({ type: "ed25519" })).not.toBeInstanceOf(ours.PrivateKey);
});

test.each([
  ["rsa-sha256", theirs.generateKey({ type: "rsa", bits: 1024 })],
  ["ed25519-sha256", theirs.generateKey({ type: "ed25519" })],
] as const)("a copy signs and verifies with the keys of another: %s", (algorithm, key) => {
  expect(ours.isPrivateKey(key)).toBe(true);
  const signature = ours.sign(algorithm, key, text);
  expect(ours.verify(algorithm, key.publicKey, text, signature)).toBe(true);
  expect(theirs.verify(algorithm, key.publicKey, text, signature)).toBe(true);
  expect(ours.loadPublicKey(key.publicKey.toSpki(), key.type).equals(key.publicKey)).toBe(true);
});

describe("no key of ours", () => {
  const key = theirs.generateKey({ type: "ed25519" });

  test("a key of another major version is refused with the reason", () => {
    const later = Object.create(key, {
      [Symbol.for("@mailseal/crypto/PrivateKey")]: { value: 47 },
    }) as ours.PrivateKey;
    expect(ours.isPrivateKey(later)).toBe(false);
    const refusal = expect.objectContaining({
      code: "key-version",
      message: expect.stringMatching(/0\.x, got one of 47\.x.*npm ls/),
    });
    expect(() => ours.sign("ed25519-sha256", later, text)).toThrow(refusal);
    expect(() => ours.loadPrivateKey(later as never)).toThrow(refusal);
  });

  test.each([
    ["a copy of its properties", { ...key }],
    [
      "an empty object of the class",
      Object.create(ours.PrivateKey.prototype, { type: { value: "ed25519" } }),
    ],
    ["a mark without a key", { type: "ed25519", [Symbol.for("@mailseal/crypto/PrivateKey")]: 0 }],
    ["nothing", undefined],
  ])("%s", (_, value: unknown) => {
    expect(() => ours.sign("ed25519-sha256", value as ours.PrivateKey, text)).toThrow(
      expect.objectContaining({
        name: "KeyError",
        code: "bad-option",
        message: expect.stringMatching(/^key: expected a PrivateKey .*, got /),
      }),
    );
  });
});

test("a key has nothing secret in its properties, by name or by symbol", () => {
  const key = ours.generateKey({ type: "ed25519" });
  const chain: object[] = [];
  for (let at: object | null = key; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    chain.push(at);
  }
  const values = chain
    .slice(0, -1)
    .flatMap((at) =>
      Reflect.ownKeys(at).map(
        (name) => Object.getOwnPropertyDescriptor(at, name)?.value as unknown,
      ),
    );
  const kinds = new Set(values.map((value) => (value === key.publicKey ? "public" : typeof value)));
  expect([...kinds].toSorted()).toEqual(["function", "number", "public", "string"]);
});

test("the mark carries the major version of the package", () => {
  const manifest = new URL("../../package.json", import.meta.url);
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { readonly version: string };
  const key = ours.generateKey({ type: "ed25519" });
  expect(Reflect.get(key, Symbol.for("@mailseal/crypto/PrivateKey"))).toBe(parseInt(version, 10));
});
