/**
 * AssemblyScript, compiled to WebAssembly SIMD by `build.ts`. `countCrlfLines` is the rule of
 * `src/message/crlf-lines.ts`, for 32 bytes at a time.
 */

const cr: v128 = i8x16.splat(0x0d);
const lf: v128 = i8x16.splat(0x0a);
const zero: v128 = i8x16.splat(0);

/** After as many bytes, of which 2 in 32 are counted in the same lane, a lane may be full. */
const mostBytes: usize = 127 * 32;

/**
 * The number of LF from `from` to `end`, a multiple of 32; -1 if one of them does not follow a CR, or a CR is not
 * followed by LF. The byte before `from` belongs to the text; the CR that may be its last byte is not looked at.
 */
export function countCrlfLines(from: usize, end: usize): i32 {
  let bare = zero;
  let lines: i32 = 0;
  while (from < end) {
    const stop = min<usize>(end, from + mostBytes);
    let counts = zero;
    for (; from < stop; from += 32) {
      const firstLf = i8x16.eq(v128.load(from), lf);
      const secondLf = i8x16.eq(v128.load(from, 16), lf);
      const firstAfterCr = i8x16.eq(v128.load(from - 1), cr);
      const secondAfterCr = i8x16.eq(v128.load(from - 1, 16), cr);
      bare = v128.or(
        bare,
        v128.or(v128.xor(firstLf, firstAfterCr), v128.xor(secondLf, secondAfterCr)),
      );
      counts = i8x16.sub(i8x16.sub(counts, firstLf), secondLf);
    }
    lines += sum(counts);
  }
  return v128.any_true(bare) ? -1 : lines;
}

/** The sum of 16 unsigned bytes. */
function sum(counts: v128): i32 {
  const sums = i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(counts));
  return (
    i32x4.extract_lane(sums, 0) +
    i32x4.extract_lane(sums, 1) +
    i32x4.extract_lane(sums, 2) +
    i32x4.extract_lane(sums, 3)
  );
}
