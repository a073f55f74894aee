import fc from "fast-check";

const piece = fc.constantFrom(
  "From: a@b.example",
  "X: y",
  " ",
  "\r\n",
  "\n",
  "\r",
  "\r\n\r\n",
  "body",
  "\n\n",
);
/** Messages of a few lines, whole and broken. */
export const input: fc.Arbitrary<Buffer> = fc
  .array(piece, { maxLength: 30 })
  .map((pieces) => Buffer.from(pieces.join("")));
/** Offsets at which to cut. */
export const cuts: fc.Arbitrary<number[]> = fc.array(fc.nat(200), { maxLength: 8 });

export function chunksOf(bytes: Buffer, at: readonly number[]): Buffer[] {
  const ends = [
    ...at.map((cut) => Math.min(cut, bytes.length)).toSorted((a, b) => a - b),
    bytes.length,
  ];
  let from = 0;
  return ends.map((end) => {
    const chunk = bytes.subarray(from, end);
    from = end;
    return chunk;
  });
}
