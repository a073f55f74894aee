import { printableName, MAX_PRINTABLE_NAME_LENGTH } from "@mailseal/errors";
import { heaviest } from "./heaviest.ts";

/** A table as JSON: flat arrays, because it may have 100,000 rows. */
export interface TableSnapshot {
  /** The names of each row, one for each dimension, row after row. */
  readonly names: readonly string[];
  /** The counters of each row, one for each column, row after row. */
  readonly values: readonly number[];
  /** For each row, how many of its events may be in `other`. Empty if that is 0 for all. */
  readonly missed: readonly number[];
  /** The counters of all rows that were folded. */
  readonly other: readonly number[];
  /** The value of `missed` for a name without a row. */
  readonly floor: number;
}

type Index = Map<string, Index | number>;

/**
 * At most `limit` rows of counters, by name. If a new name finds the table full, the lighter half of the rows
 * is folded into `other`: the sum of all rows and `other` is always exact, and a name with more than 1 /
 * (limit / 2 + 1) of all events always has a row. That is the frequent-items summary of Misra and Gries, as
 * "Mergeable Summaries" (Agarwal et al., 2012) prunes it.
 *
 * The weight of a row is its number of events (the first column) plus the events it may have missed.
 */
export class BoundedTable {
  readonly #dimensions: number;
  readonly #columns: number;
  readonly #limit: number;
  /** For each dimension, whether its names are domains, which are compared without case. */
  readonly #caseless: readonly boolean[];
  #index: Index = new Map();
  #names: string[] = [];
  #values: Float64Array;
  #missed: Float64Array;
  #other: Float64Array;
  #size = 0;
  #floor = 0;
  readonly #weigh = (row: number): number =>
    (this.#values[row * this.#columns] ?? 0) + (this.#missed[row] ?? 0);

  constructor(caseless: readonly boolean[], columns: number, limit: number) {
    this.#dimensions = caseless.length;
    this.#columns = columns;
    this.#limit = limit;
    this.#caseless = caseless;
    this.#values = new Float64Array(16 * columns);
    this.#missed = new Float64Array(16);
    this.#other = new Float64Array(columns);
    // A table without dimensions always has its one row.
    if (this.#dimensions === 0) this.#size = 1;
  }

  /** The index of the row with these names, which is created if necessary. Valid until the next call of `row`. */
  row(a = "", b = "", c = "", d = ""): number {
    if (this.#dimensions === 0) return 0;
    return this.#rowOf(a, b, c, d) ?? this.#admit([a, b, c, d]);
  }

  /** Adds to a counter of a row. */
  add(row: number, column: number, amount: number): void {
    const at = row * this.#columns + column;
    this.#values[at] = (this.#values[at] ?? 0) + amount;
  }

  /** Adds a table of the same shape. As long as no rows are folded, the order of additions does not matter. */
  merge({ names, values, missed, other, floor }: TableSnapshot): void {
    const dimensions = this.#dimensions;
    this.#addTo(this.#other, 0, other, 0);
    if (floor > 0) {
      // Every row may have events in `other` of the second table; rows that it has too are corrected below.
      this.#floor += floor;
      for (let row = 0; row < this.#size; row += 1) this.#miss(row, floor);
    }
    const rows = values.length / this.#columns;
    for (let row = 0; row < rows; row += 1) {
      const at = row * dimensions;
      const own = this.row(names[at], names[at + 1], names[at + 2], names[at + 3]);
      this.#addTo(this.#values, own * this.#columns, values, row * this.#columns);
      this.#miss(own, (missed[row] ?? 0) - floor);
    }
  }

  /** The rows that have events, or only the `top` heaviest of them. The rest is in `other`. */
  snapshot(top: number): TableSnapshot {
    if (this.#size <= top) {
      return this.#snapshotOf(
        Array.from({ length: this.#size }, (_, row) => row),
        this.#floor,
      );
    }
    const rows = heaviest(this.#size, top + 1, this.#weigh);
    const heaviestLeft = this.#weigh(rows[top] ?? 0);
    return this.#snapshotOf(rows.slice(0, top), Math.max(this.#floor, heaviestLeft));
  }

  /** Starts again from zero. The rows keep their names, which are likely to come again, with no weight. */
  clear(): void {
    this.#values.fill(0);
    this.#missed.fill(0);
    this.#other.fill(0);
    this.#floor = 0;
  }

  #rowOf(a: string, b: string, c: string, d: string): number | undefined {
    // No key is longer, and hashing a name of several megabytes is slow.
    if (
      a.length > MAX_PRINTABLE_NAME_LENGTH ||
      b.length > MAX_PRINTABLE_NAME_LENGTH ||
      c.length > MAX_PRINTABLE_NAME_LENGTH ||
      d.length > MAX_PRINTABLE_NAME_LENGTH
    ) {
      return undefined;
    }
    let at = this.#index.get(a);
    if (typeof at === "object") at = at.get(b);
    if (typeof at === "object") at = at.get(c);
    if (typeof at === "object") at = at.get(d);
    return at as number | undefined;
  }

  #admit(raw: readonly string[]): number {
    const names = this.#caseless.map((caseless, at) =>
      (caseless ? domainName : printableName)(raw[at] ?? ""),
    );
    if (names.some((name, at) => name !== raw[at])) {
      // The row may exist under the printable form of the names.
      const [a = "", b = "", c = "", d = ""] = names;
      const known = this.#rowOf(a, b, c, d);
      if (known !== undefined) return known;
    }
    if (this.#size >= this.#limit) this.#fold();
    const row = this.#size;
    this.#size += 1;
    this.#grow();
    this.#names.push(...names);
    this.#missed[row] = this.#floor;
    this.#enter(row);
    return row;
  }

  #enter(row: number): void {
    const last = (row + 1) * this.#dimensions - 1;
    let step = this.#index;
    for (let at = row * this.#dimensions; at < last; at += 1) {
      const name = this.#names[at] ?? "";
      const next = step.get(name);
      if (typeof next === "object") {
        step = next;
      } else {
        const made: Index = new Map();
        step.set(name, made);
        step = made;
      }
    }
    step.set(this.#names[last] ?? "", row);
  }

  /** Keeps the heavier half of the rows; of equals, the earlier ones. */
  #fold(): void {
    const keep = Math.floor(this.#limit / 2);
    const sorted = new Float64Array(this.#size);
    for (let row = 0; row < this.#size; row += 1) sorted[row] = this.#weigh(row);
    sorted.sort();
    const heaviestFolded = sorted[this.#size - keep - 1] ?? 0;
    let equalsKept = 0;
    for (let at = this.#size - keep; at < this.#size && sorted[at] === heaviestFolded; at += 1) {
      equalsKept += 1;
    }
    let kept = 0;
    for (let row = 0; row < this.#size; row += 1) {
      const weight = this.#weigh(row);
      if (weight > heaviestFolded || (weight === heaviestFolded && equalsKept > 0)) {
        if (weight === heaviestFolded) equalsKept -= 1;
        this.#move(row, kept);
        kept += 1;
      } else {
        this.#addTo(this.#other, 0, this.#values, row * this.#columns);
      }
    }
    this.#floor = Math.max(this.#floor, heaviestFolded);
    this.#values.fill(0, kept * this.#columns);
    this.#missed.fill(0, kept);
    this.#names.length = kept * this.#dimensions;
    this.#size = kept;
    this.#index = new Map();
    for (let row = 0; row < kept; row += 1) this.#enter(row);
  }

  #move(from: number, to: number): void {
    this.#values.copyWithin(to * this.#columns, from * this.#columns, (from + 1) * this.#columns);
    this.#missed[to] = this.#missed[from] ?? 0;
    for (let at = 0; at < this.#dimensions; at += 1) {
      this.#names[to * this.#dimensions + at] = this.#names[from * this.#dimensions + at] ?? "";
    }
  }

  #snapshotOf(rows: readonly number[], floor: number): TableSnapshot {
    const names: string[] = [];
    const values: number[] = [];
    const missed: number[] = [];
    const other = this.#sums();
    for (const row of rows) {
      const start = row * this.#columns;
      if (this.#values[start] === 0) continue;
      for (let at = 0; at < this.#dimensions; at += 1) {
        names.push(this.#names[row * this.#dimensions + at] ?? "");
      }
      for (let at = 0; at < this.#columns; at += 1) {
        const value = this.#values[start + at] ?? 0;
        values.push(value);
        other[at] = (other[at] ?? 0) - value;
      }
      if (floor > 0) missed.push(this.#missed[row] ?? 0);
    }
    return { names, values, missed, other: [...other], floor };
  }

  /** The counters of all rows and `other` together. */
  #sums(): Float64Array {
    const sums = this.#other.slice();
    for (let column = 0; column < this.#columns; column += 1) {
      let sum = sums[column] ?? 0;
      for (let row = 0; row < this.#size; row += 1)
        sum += this.#values[row * this.#columns + column] ?? 0;
      sums[column] = sum;
    }
    return sums;
  }

  #miss(row: number, events: number): void {
    this.#missed[row] = (this.#missed[row] ?? 0) + events;
  }

  #addTo(sums: Float64Array, start: number, amounts: ArrayLike<number>, from: number): void {
    for (let column = 0; column < this.#columns; column += 1) {
      sums[start + column] = (sums[start + column] ?? 0) + (amounts[from + column] ?? 0);
    }
  }

  #grow(): void {
    if (this.#size <= this.#missed.length) return;
    this.#missed = enlarged(this.#missed);
    this.#values = enlarged(this.#values);
  }
}

function enlarged(array: Float64Array): Float64Array {
  const larger = new Float64Array(array.length * 2);
  larger.set(array);
  return larger;
}

/**
 * A domain in the form in which it is counted: printable and in lower case, so that one domain has one name
 * (RFC 4343).
 */
export function domainName(raw: string): string {
  return printableName(raw).toLowerCase();
}
