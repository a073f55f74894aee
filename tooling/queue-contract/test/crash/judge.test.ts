import { expect, test } from "vitest";
import { judge, type Kill } from "../../src/crash/judge.ts";
import type { Entry, Seen } from "../../src/crash/record.ts";

const leaseMs = 2000;

function story(
  ...entries: readonly (readonly [atMs: number, seen: Seen, by: string])[]
): readonly Entry[] {
  return entries.map(([atMs, seen, by]) => ({ atMs, seen, by, key: "k" }));
}

const killed = (victim: string, atMs: number): readonly Kill[] => [{ victim, atMs }];

const twice =
  "k was delivered twice for no reason: c 0 to Infinity ms (none), d 499 to Infinity ms (none)";

test.each([
  ["once", story([0, "acked", "p"], [1, "got", "c"], [2, "done", "c"]), [], []],
  ["never", story([0, "acked", "p"]), [], ["k was acknowledged and never delivered"]],
  ["never, and never acknowledged", story([1, "got", "c"]), [], []],
  ["changed", story([1, "spoiled", "c"]), [], ["k arrived changed"]],
  [
    "after done",
    story([1, "got", "c"], [2, "done", "c"], [5000, "got", "d"]),
    [],
    ["k was delivered after it was done: c 0 to 1 ms (done), d 4999 to Infinity ms (none)"],
  ],
  ["twice", story([1, "got", "c"], [500, "got", "d"]), [], [twice]],
  ["twice, the lease having ended", story([1, "got", "c"], [2001, "got", "d"]), [], []],
  ["twice, given back", story([1, "got", "c"], [2, "giving-back", "c"], [500, "got", "d"]), [], []],
  [
    "twice, given back by somebody else",
    story([1, "got", "c"], [2, "giving-back", "e"], [500, "got", "d"]),
    [],
    [twice],
  ],
  ["twice, the first one killed", story([1, "got", "c"], [500, "got", "d"]), killed("c", 100), []],
  [
    "twice, the second one killed",
    story([1, "got", "c"], [500, "got", "d"]),
    killed("d", 100),
    [twice],
  ],
  [
    "twice, the server killed",
    story([1, "got", "c"], [500, "got", "d"]),
    killed("server", 100),
    [],
  ],
])("%s", (_, entries, kills, breaches) => {
  expect(judge(entries, kills, { leaseMs }).breaches).toEqual(breaches);
});

test("delivered to some of its destinations only", () => {
  const adding = ["k at a", "k at b"].map(
    (key) => ({ atMs: 0, seen: "adding", by: "p", key }) as const,
  );
  const got = { atMs: 1, seen: "got", by: "c", key: "k at a" } as const;
  expect(judge([...adding, got], [], { leaseMs }).breaches).toEqual([
    "k was delivered to 1 of 2 destinations",
  ]);
  const both = [...adding, got, { ...got, key: "k at b" }];
  expect(judge(both, [], { leaseMs }).breaches).toEqual([]);
  expect(judge(adding, [], { leaseMs }).breaches).toEqual([]);
});

test("an extra copy is counted by its reason, and against the messages leased at the kill", () => {
  const entries = story([1, "got", "c"], [500, "got", "d"], [501, "done", "d"]);
  const atKill = judge(entries, killed("c", 100), { leaseMs });
  expect(atKill).toMatchObject({ extra: { leasedAtKill: 1, afterLease: 0 }, leasedAtKills: 1 });
  const late = story([1, "got", "c"], [2500, "got", "d"], [2501, "done", "d"]);
  const afterLease = judge(late, [], { leaseMs });
  expect(afterLease).toMatchObject({ extra: { leasedAtKill: 0, afterLease: 1 }, leasedAtKills: 0 });
});

test("a kill does not explain a copy of a message that was settled before it, or a copy long after the settling", () => {
  const entries = story([1, "got", "c"], [5, "done", "c"], [900, "got", "d"]);
  expect(judge(entries, killed("server", 500), { leaseMs }).breaches).toHaveLength(1);
  const later = story([1, "got", "c"], [300, "done", "c"], [1900, "got", "d"]);
  expect(judge(later, killed("server", 100), { leaseMs }).breaches).toHaveLength(1);
});

test("refusals are counted by their code, and lost messages are counted", () => {
  const refused = { seen: "refused", key: "k", by: "p", atMs: 0, code: "queue-full" } as const;
  const entries = [refused, refused, ...story([1, "acked", "p"])];
  expect(judge(entries, [], { leaseMs })).toMatchObject({
    lost: 1,
    refused: new Map([["queue-full", 2]]),
    byDestinations: new Map([[1, 1]]),
  });
});
