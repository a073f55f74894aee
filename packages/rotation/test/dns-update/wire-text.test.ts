import { expect, test } from "vitest";
import {
  encodeName,
  encodeRecord,
  encodeTxt,
  recordClass,
  recordType,
  uint48,
} from "../../src/dns-update/wire-text.ts";

test.each([
  ["A.Example", "0161076578616d706c6500"],
  ["a.example.", "0161076578616d706c6500"],
  ["", "00"],
])("the name %j is encoded in lower case, without compression", (name, hex) => {
  expect(encodeName(name).toString("hex")).toBe(hex);
});

test.each([
  [0, [0]],
  [255, [255]],
  [256, [255, 1]],
  [600, [255, 255, 90]],
])("a text of %i octets has strings of the lengths %j", (length, lengths) => {
  const encoded = encodeTxt("x".repeat(length));
  const found: number[] = [];
  for (let at = 0; at < encoded.length; at += 1 + (encoded[at] ?? 0)) found.push(encoded[at] ?? 0);
  expect(found).toEqual(lengths);
});

test("a record has the fields of RFC 1035 3.2.1", () => {
  const content = Buffer.from("abcd", "hex");
  const fields = { type: recordType.txt, class: recordClass.in, ttlSeconds: 3600, content };
  expect(encodeRecord({ name: "a", ...fields }).toString("hex")).toBe(
    ["016100", "0010", "0001", "00000e10", "0002", "abcd"].join(""),
  );
});

test("a time has 48 bits", () => {
  expect(uint48(0x1_0000_0001).toString("hex")).toBe("000100000001");
});
