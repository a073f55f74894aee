import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  derTag,
  magnitude,
  readChildren,
  readDer,
  readSequence,
  writeDer,
  writeInteger,
} from "../../src/keys/der.ts";

const content = fc.oneof(
  fc.uint8Array({ maxLength: 140 }),
  fc.constantFrom(0x7f, 0x80, 0xff, 0x100, 0xffff, 0x10000).map((length) => new Uint8Array(length)),
);

test("an element that was written is read again, whatever its length (property)", () => {
  fc.assert(
    fc.property(content, (bytes) => {
      const element = writeDer(derTag.octetString, bytes);
      const read = readDer(element, 0, element.length);
      expect(read?.tag).toBe(derTag.octetString);
      expect(read?.end).toBe(element.length);
      expect(element.subarray(read?.start, read?.end)).toEqual(bytes);
    }),
  );
});

test("the parts of a sequence are read in order, and no more than the limit", () => {
  const parts = [1, 2, 3].map((value) => writeInteger(Uint8Array.of(value)));
  const sequence = writeDer(derTag.sequence, ...parts);
  expect(readSequence(sequence, 3)?.map(({ start }) => sequence[start])).toEqual([1, 2, 3]);
  expect(readSequence(sequence, 2)).toBeUndefined();
  const outer = readDer(sequence, 0, sequence.length);
  expect(outer && readChildren(sequence, { ...outer, end: outer.end - 1 }, 3)).toBeUndefined();
});

describe("an element is not read", () => {
  test.each([
    ["that has no length", [0x30]],
    ["of indefinite length", [0x30, 0x80, 0, 0]],
    ["whose length has five octets", [0x30, 0x85, 0, 0, 0, 0, 0]],
    ["whose length is cut off", [0x30, 0x82, 1]],
    ["that ends beyond the limit", [0x30, 0x02, 0]],
    ["whose length overflows 32 bits", [0x30, 0x84, 0xff, 0xff, 0xff, 0xff]],
  ])("%s", (_, octets) => {
    const bytes = Uint8Array.from(octets);
    expect(readDer(bytes, 0, bytes.length)).toBeUndefined();
    expect(readSequence(bytes, 8)).toBeUndefined();
  });
});

test("a length in more octets than it needs is read", () => {
  const bytes = Uint8Array.of(0x04, 0x82, 0, 1, 0xaa);
  expect(readDer(bytes, 0, bytes.length)).toEqual({ tag: 4, start: 4, end: 5 });
});

test("an integer is positive, with a sign octet if it needs one", () => {
  expect([...writeInteger(Uint8Array.of(0x7f))]).toEqual([2, 1, 0x7f]);
  expect([...writeInteger(Uint8Array.of(0x80))]).toEqual([2, 2, 0, 0x80]);
  expect([...writeInteger(new Uint8Array())]).toEqual([2, 1, 0]);
  for (const octets of [[0x80], [0, 0x80], [0, 0, 0x80]]) {
    const bytes = writeDer(derTag.integer, Uint8Array.from(octets));
    const read = readDer(bytes, 0, bytes.length);
    expect(read && [...magnitude(bytes, read)]).toEqual([0x80]);
  }
});
