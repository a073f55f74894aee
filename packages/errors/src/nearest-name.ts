const longestName = 64;
/** A shorter text abbreviates too much. */
const shortestAbbreviation = 4;

/**
 * The name that a misspelt or abbreviated one most likely means; undefined if none is close.
 *
 * ```ts
 * nearestName("selectr", ["selector", "domain"]); // "selector"
 * nearestName("colour", ["selector", "domain"]); // undefined
 * ```
 */
export function nearestName(wrong: string, names: Iterable<string>): string | undefined {
  if (wrong.length > longestName) return undefined;
  let best: string | undefined;
  const abbreviated: string[] = [];
  let bestDistance = Math.max(1, Math.floor(wrong.length / 3)) + 1;
  const asked = plain(wrong);
  for (const name of names) {
    const given = plain(name);
    const distance = editDistance(asked, given);
    if (distance < bestDistance) [best, bestDistance] = [name, distance];
    if (abbreviates(asked, given)) abbreviated.push(name);
  }
  // A text that abbreviates several names means none of them for certain.
  return best ?? (abbreviated.length === 1 ? abbreviated[0] : undefined);
}

/** People treat header_canon, header-canon and headerCanon as one name. */
function plain(name: string): string {
  return name.replaceAll(/[-_]/g, "").toLowerCase();
}

/** Whether letters of a name are left out, as in minRsaBits for minimumRsaBits. */
function abbreviates(short: string, name: string): boolean {
  if (short.length < shortestAbbreviation || short[0] !== name[0]) return false;
  let at = 0;
  for (const letter of name) if (letter === short[at]) at++;
  return at === short.length;
}

/** Counts insertions, deletions, changes, and exchanges of neighbours, one row at a time. */
function editDistance(one: string, other: string): number {
  let twoAbove: number[] = [];
  let above = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let row = 1; row <= one.length; row++) {
    const current = [row];
    for (let column = 1; column <= other.length; column++) {
      const same = one[row - 1] === other[column - 1];
      const exchanged = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      current.push(
        Math.min(
          (above[column - 1] ?? 0) + (same ? 0 : 1),
          (above[column] ?? 0) + 1,
          (current[column - 1] ?? 0) + 1,
          exchanged ? (twoAbove[column - 2] ?? 0) + 1 : Infinity,
        ),
      );
    }
    [twoAbove, above] = [above, current];
  }
  return above.at(-1) ?? 0;
}
