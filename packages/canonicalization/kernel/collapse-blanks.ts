/**
 * AssemblyScript, compiled to WebAssembly SIMD by `build.ts`. `collapse` is the rule of
 * `src/blank-collapser.ts`, for 16 bytes at a time.
 */

/** For each set of dropped bytes out of 8: which byte comes first, second, and so on. */
const shuffles: usize = 0;
const sp: v128 = i8x16.splat(0x20);
const htab: v128 = i8x16.splat(0x09);
const cr: v128 = i8x16.splat(0x0d);
const lf: v128 = i8x16.splat(0x0a);

/** Fills the table; once, before the first `collapse`. */
export function prepare(): void {
  for (let dropped: u32 = 0; dropped < 256; dropped++) {
    let entry = shuffles + (dropped << 3);
    for (let lane: u32 = 0; lane < 8; lane++) {
      if ((dropped & (1 << lane)) == 0) {
        store<u8>(entry++, lane as u8);
      }
    }
  }
}

/**
 * Writes the bytes from `from` to `end`, a multiple of 16, to `to`; returns where the result ends.
 * Reads 2 bytes beyond `end`, and writes up to 16 beyond what it returns.
 */
export function collapse(from: usize, end: usize, to: usize): usize {
  for (; from < end; from += 16) {
    const here = v128.load(from);
    const blank = v128.or(i8x16.eq(here, sp), i8x16.eq(here, htab));
    if (!v128.any_true(blank)) {
      v128.store(to, here);
      to += 16;
      continue;
    }
    const next = v128.load(from, 1);
    const nextBlank = v128.or(i8x16.eq(next, sp), i8x16.eq(next, htab));
    const nextEndsLine = v128.and(i8x16.eq(next, cr), i8x16.eq(v128.load(from, 2), lf));
    const dropped = i8x16.bitmask(v128.and(blank, v128.or(nextBlank, nextEndsLine)));
    const text = v128.bitselect(sp, here, blank);
    if (dropped == 0) {
      v128.store(to, text);
      to += 16;
      continue;
    }
    to = storeKept(text, dropped & 0xff, to);
    to = storeKept(
      i8x16.shuffle(text, text, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15),
      dropped >>> 8,
      to,
    );
  }
  return to;
}

/** Of the first 8 bytes those that are not dropped. */
function storeKept(text: v128, dropped: i32, to: usize): usize {
  v128.store(to, i8x16.swizzle(text, v128.load64_zero(shuffles + (dropped << 3))));
  return to + 8 - popcnt(dropped);
}
