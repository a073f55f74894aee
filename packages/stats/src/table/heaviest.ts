/**
 * The indexes of the `top` heaviest of `size` rows, heaviest first; of equals, the earlier ones. Linear
 * except for the rows that enter the top, because there may be 100,000 rows and a scrape waits for the
 * answer.
 */
export function heaviest(
  size: number,
  top: number,
  weightOf: (row: number) => number,
): readonly number[] {
  const byWeight = (a: number, b: number) => weightOf(b) - weightOf(a) || a - b;
  let candidates: number[] = [];
  let least = -1;
  for (let row = 0; row < size; row += 1) {
    if (weightOf(row) <= least) continue;
    candidates.push(row);
    if (candidates.length >= 2 * top) {
      candidates = candidates.toSorted(byWeight).slice(0, top);
      least = weightOf(candidates[top - 1] ?? 0);
    }
  }
  return candidates.toSorted(byWeight).slice(0, top);
}
