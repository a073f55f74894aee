import fc from "fast-check";
import { expect, test } from "vitest";
import { CountedBytes } from "../../src/memory/counted-bytes.ts";
import { MemoryBudget } from "../../src/memory/memory-budget.ts";

test("bytes in pieces of any size are kept in order, within the budget, and all is given back", () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 9000 }), { maxLength: 20 }),
      fc.integer({ min: 0, max: 40_000 }),
      fc.integer({ min: 0, max: 40_000 }),
      (pieces, limit, longest) => {
        const budget = new MemoryBudget(limit);
        const kept = new CountedBytes(budget, longest);
        const taken: Uint8Array[] = [];
        for (const piece of pieces) if (kept.add(piece)) taken.push(piece);
        expect(Buffer.compare(kept.bytes, Buffer.concat(taken))).toBe(0);
        expect(kept.sizeBytes).toBeLessThanOrEqual(Math.min(longest, limit));
        expect(budget.usedBytes).toBeLessThanOrEqual(limit);
        kept.release();
        expect(budget.usedBytes).toBe(0);
      },
    ),
  );
});
