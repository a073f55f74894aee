import fc from "fast-check";
import { expect, test } from "vitest";
import { createStatistics, mergeSnapshots, type Snapshot, totalOf } from "../../src/index.ts";
import { ordered, signingEvent, verificationEvent } from "../events.ts";

/** Snapshots with folded rows, of processes that began at different times. */
const snapshot: fc.Arbitrary<Snapshot> = fc
  .tuple(
    fc.array(signingEvent, { maxLength: 40 }),
    fc.array(verificationEvent, { maxLength: 40 }),
    fc.integer({ min: 2, max: 8 }),
    fc.nat(100),
    fc.nat(3),
  )
  .map(([signings, verifications, maxDomains, time, depth]) => {
    const statistics = createStatistics({ maxDomains, maxBindings: 2, now: () => time });
    for (const event of signings) statistics.recordSigning(event);
    for (const event of verifications) statistics.recordVerification(event);
    statistics.recordQueue({ queue: `q${depth % 2}`, depth, oldestAgeMs: 5 });
    return statistics.snapshot();
  });

test("merging is commutative and associative", () => {
  fc.assert(
    fc.property(snapshot, snapshot, snapshot, (a, b, c) => {
      const all = ordered(mergeSnapshots(a, b, c));
      expect(ordered(mergeSnapshots(c, a, b))).toEqual(all);
      expect(ordered(mergeSnapshots(a, mergeSnapshots(b, c)))).toEqual(all);
      expect(ordered(mergeSnapshots(mergeSnapshots(b, a), c))).toEqual(all);
      expect(ordered(mergeSnapshots(a))).toEqual(ordered(a));
    }),
  );
});

test("the total of a merged table is the sum of the totals", () => {
  fc.assert(
    fc.property(snapshot, snapshot, (a, b) => {
      const merged = mergeSnapshots(a, b);
      for (const name of ["signing", "signingByBindingDomain", "signingByDomain"] as const) {
        const [sum, one, other] = [merged, a, b].map((each) => totalOf(each, name));
        expect(sum?.signingTimeNs).toBe((one?.signingTimeNs ?? 0) + (other?.signingTimeNs ?? 0));
        expect(sum?.processed).toBe((one?.processed ?? 0) + (other?.processed ?? 0));
      }
    }),
  );
});

test("the later reading of a queue is kept", () => {
  const at = (time: number, depth: number) => {
    const statistics = createStatistics({ now: () => time });
    statistics.recordQueue({ queue: "out", depth, oldestAgeMs: depth * 10 });
    return statistics.snapshot();
  };
  expect(mergeSnapshots(at(2, 7), at(3, 1), at(1, 9)).queues).toEqual([
    { queue: "out", depth: 1, oldestAgeMs: 10, atMs: 3 },
  ]);
});

test("nothing merged is nothing counted", () => {
  const nothing = mergeSnapshots();
  expect(totalOf(nothing, "signing").processed).toBe(0);
  expect(nothing.sinceMs).toBe(0);
});
