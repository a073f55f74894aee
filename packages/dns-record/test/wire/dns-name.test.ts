import { encode } from "dns-packet";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readName, writeName } from "../../src/wire/dns-name.ts";

function octetsOf(name: string): Uint8Array {
  const octets: number[] = [];
  writeName(octets, name);
  return Uint8Array.from(octets);
}

/** A label of one octet, or the octets of a pointer. */
const label = (text: string): number[] => [text.length, ...Buffer.from(text, "latin1")];
const pointer = (target: number): number[] => [0xc0 | (target >> 8), target & 0xff];

const hostLabel = fc.stringMatching(/^[a-z0-9_]{1,20}$/);
const hostName = fc.array(hostLabel, { minLength: 1, maxLength: 8 }).map((it) => it.join("."));

test("a written name is read again, and is what another codec writes", () => {
  fc.assert(
    fc.property(hostName, (name) => {
      const octets = octetsOf(name);
      expect(readName(octets, 0)).toEqual({ name, end: octets.length });
      // After its header, a query has the name, a type and a class.
      const query = encode({ questions: [{ type: "TXT", name }] });
      expect(Buffer.from(octets)).toEqual(query.subarray(12, -4));
    }),
  );
});

test("the root is an empty name", () => {
  expect(readName(Uint8Array.of(0), 0)).toEqual({ name: "", end: 1 });
});

test("a pointer leads to an earlier name, and the name ends after it", () => {
  const bytes = Uint8Array.from([...label("b"), 0, ...label("a"), ...pointer(0), 0xff]);
  expect(readName(bytes, 3)).toEqual({ name: "a.b", end: 7 });
});

test("dots and octets that cannot be printed are escaped in a label", () => {
  const bytes = Uint8Array.from([...label("a.b\\\u0000\u00e9 "), 0]);
  expect(readName(bytes, 0)?.name).toBe("a\\.b\\\\\\000\\233\\032");
});

describe("no name", () => {
  const cases: readonly (readonly [string, readonly number[], number])[] = [
    ["nothing", [], 0],
    ["a label that is cut off", [3, 0x61, 0x62], 0],
    ["no root at the end", label("a"), 0],
    ["half a pointer", [0xc0], 0],
    ["a pointer to itself", pointer(0), 0],
    ["a pointer ahead", [...pointer(2), 0], 0],
    ["pointers in a loop", [...label("a"), ...pointer(0)], 0],
    ["a label of an unknown kind", [0x41, 0x61, 0], 0],
    ["more than 255 octets", [...Array.from({ length: 128 }, () => label("a")).flat(), 0], 0],
  ];
  test.each(cases)("%s", (_, bytes, start) => {
    expect(readName(Uint8Array.from(bytes), start)).toBeUndefined();
  });
});

test("a chain of more pointers than a name has labels is refused", () => {
  const chainOf = (pointers: number): Uint8Array =>
    Uint8Array.from([
      0,
      ...Array.from({ length: pointers }, (_, at) => pointer(Math.max(0, 2 * at - 1))).flat(),
    ]);
  expect(readName(chainOf(127), 1 + 2 * 126)).toEqual({ name: "", end: 255 });
  expect(readName(chainOf(128), 1 + 2 * 127)).toBeUndefined();
});

test("any bytes are read without a throw, and never past their end", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat({ max: 300 }), (bytes, start) => {
      expect(readName(bytes, start)?.end ?? 0).toBeLessThanOrEqual(bytes.length);
    }),
  );
});
