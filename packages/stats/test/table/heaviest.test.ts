import fc from "fast-check";
import { expect, test } from "vitest";
import { heaviest } from "../../src/table/heaviest.ts";

test("the top of rows is that of sorting them all, the earlier of equals first (property)", () => {
  const weights = fc.array(fc.nat(5), { maxLength: 60 });
  const top = fc.oneof(fc.nat(20), fc.constant(Infinity));
  fc.assert(
    fc.property(weights, top, (rows, limit) => {
      const sorted = Array.from(rows.keys()).toSorted(
        (one, other) => (rows[other] ?? 0) - (rows[one] ?? 0) || one - other,
      );
      expect(heaviest(rows.length, limit, (row) => rows[row] ?? 0)).toEqual(sorted.slice(0, limit));
    }),
  );
});
