import { expect, test } from "vitest";
import {
  algorithmNames,
  algorithms,
  defaultAlgorithm,
  findAlgorithm,
  isKeyType,
  legacyAlgorithmNames,
} from "../../src/algorithms.ts";

test("algorithms are found by their exact names", () => {
  expect(findAlgorithm("rsa-sha1")?.legacy).toBe(true);
  expect(findAlgorithm("RSA-SHA256")).toBeUndefined();
  expect(findAlgorithm("constructor")).toBeUndefined();
});

test("the default of a key type is its first row, and never a legacy algorithm", () => {
  expect(defaultAlgorithm("rsa")?.name).toBe("rsa-sha256");
  expect(defaultAlgorithm("ed25519")?.name).toBe("ed25519-sha256");
});

test("the names are those of the table, and the legacy ones are among them (RFC 8301 3.1)", () => {
  expect(algorithmNames()).toEqual([...algorithms.keys()]);
  expect(legacyAlgorithmNames()).toEqual(["rsa-sha1"]);
});

test("key types are those of the table", () => {
  expect(["rsa", "ed25519", "RSA", "dsa", "toString"].filter(isKeyType)).toEqual([
    "rsa",
    "ed25519",
  ]);
});

test.each([...algorithms.values()])(
  "a DigestInfo of $name ends with the length of its digest",
  (row) => {
    expect(row.digestInfo.endsWith(`04${row.hashBytes.toString(16).padStart(2, "0")}`)).toBe(true);
  },
);
