import fc from "fast-check";

/** Text of the bytes that matter to framing and fields. */
export const hostileText: fc.Arbitrary<Buffer> = fc
  .array(fc.constantFrom("\r\n", "\r", "\n", "a", "\0", "Received: ", " ", ":", "\xe9", "Bind: b"))
  .map((parts) => Buffer.from(parts.join(""), "latin1"));

export const cuts: fc.Arbitrary<number[]> = fc.array(fc.nat({ max: 60 }));

export function cutAt(bytes: Buffer, at: readonly number[]): Buffer[] {
  const sorted = [0, ...at.map((cut) => Math.min(cut, bytes.length)), bytes.length].toSorted(
    (one, other) => one - other,
  );
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
}
