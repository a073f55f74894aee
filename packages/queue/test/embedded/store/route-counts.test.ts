import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { GroupCommit } from "../../../src/embedded/thread/group-commit.ts";
import type { Operation } from "../../../src/embedded/thread/protocol.ts";
import { folder } from "../fixture.ts";
import { add, nowMs, requests, storeIn, take } from "../operations.ts";

test("the counts of routes match their messages after any operations", () => {
  const options = storeIn(folder());
  const commits = new GroupCommit(options);
  let clock = nowMs;
  const run = (...operations: Operation[]): readonly unknown[] =>
    commits
      .run(requests(operations), (clock += 10))
      .toSorted((a, b) => a.id - b.id)
      .map((answer) => ("value" in answer ? answer.value : answer.failure));
  run(...Array.from({ length: 40 }, (_, index) => add(`r${index % 4}`, index)));
  for (let round = 0; round < 30; round += 1) {
    const [taken] = run(take(5, { excludeRoutes: new Set([`r${round % 4}`]), leaseMs: 15 })) as [
      { lease: number; rows: { seq: number }[] },
    ];
    const { lease, rows } = taken;
    const choices = [
      (seq: number): Operation => ({ kind: "done", seq, lease }),
      (seq: number): Operation => ({
        kind: "retry",
        seq,
        lease,
        afterMs: 5,
        reason: "x",
        recipients: null,
      }),
      (seq: number): Operation => ({ kind: "dead", seq, lease, reason: "x", recipients: null }),
      (seq: number): Operation => ({ kind: "hold", seq }),
      (seq: number): Operation => ({ kind: "hand-back", seq, lease }),
    ];
    run(...rows.flatMap(({ seq }, index) => choices[(index + round) % 6]?.(seq) ?? []));
    run({ kind: "release", seq: round }, { kind: "retry-now", seq: round + 1 });
  }
  commits.close();

  const database = new DatabaseSync(options.file);
  const counted = database
    .prepare(
      `SELECT r.name, r.ready, r.leased, r.delayed, r.held, r.dead, r.bytes, r.next_due FROM route r ORDER BY r.name`,
    )
    .all();
  const really = database
    .prepare(
      `SELECT r.name, coalesce(sum(s.state = 0), 0) AS ready, coalesce(sum(s.state = 1), 0) AS leased,
         coalesce(sum(s.state = 2), 0) AS delayed, coalesce(sum(s.state = 3), 0) AS held,
         (SELECT count(*) FROM dead d WHERE d.route = r.id) AS dead, coalesce(sum(s.size), 0) AS bytes,
         min(CASE WHEN s.state IN (0, 2) THEN s.due END) AS next_due
       FROM route r LEFT JOIN schedule s ON s.route = r.id GROUP BY r.id ORDER BY r.name`,
    )
    .all();
  database.close();
  expect(counted).toEqual(really);
  expect(counted.length).toBeGreaterThan(0);
});
