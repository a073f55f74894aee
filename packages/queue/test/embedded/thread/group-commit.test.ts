import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { GroupCommit } from "../../../src/embedded/thread/group-commit.ts";
import type { Operation, Request, StoreOptions } from "../../../src/embedded/thread/protocol.ts";
import { folder } from "../fixture.ts";

const nowMs = 1_000_000;

function storeIn(directory: string, more: Partial<StoreOptions> = {}): StoreOptions {
  return {
    file: join(directory, "queue.db"),
    dedupWindowMs: 1000,
    busyTimeoutMs: 1000,
    minFreeBytes: 0,
    minFreeSettlingBytes: 0,
    maxBytes: undefined,
    fullCheckBytes: 1024 * 1024,
    ...more,
  };
}

function add(route: string, sizeBytes = 10, dedupId?: string): Operation {
  const bytes = new Uint8Array(sizeBytes);
  const metadata = "{}";
  const times = { firstSeenMs: undefined, delayMs: 0 };
  const destinations = [{ route, recipients: null }];
  const body = { sizeBytes, bytes, upload: undefined };
  return { kind: "add", resend: undefined, destinations, metadata, dedupId, ...times, ...body };
}

function take(batch: number, excluded: readonly string[] = [], leaseMs = 1000): Operation {
  const excludeRoutes = new Set(excluded);
  const bounds = { maxPerRoute: batch, maxBytes: 1e9, leaseMs };
  return { kind: "take", batch, excludeRoutes, excludeEndings: [], ...bounds };
}

const requests = (operations: readonly Operation[]): readonly Request[] =>
  operations.map((operation, id) => ({ id, operation }));

/** The counter of commits in the header of the WAL's index moves by one with each. */
function commitsOf(file: string, act: () => void): number {
  const observer = new DatabaseSync(file);
  const version = (): number =>
    Number(observer.prepare("PRAGMA data_version").get()?.["data_version"]);
  const before = version();
  act();
  const changed = version() - before;
  observer.close();
  return changed;
}

test("requests that come together share one commit", () => {
  const options = storeIn(folder());
  const commits = new GroupCommit(options);
  commits.open();
  const changed = commitsOf(options.file, () => {
    const answers = commits.run(requests(Array.from({ length: 300 }, () => add("a"))), nowMs);
    expect(answers.every((answer) => "value" in answer)).toBe(true);
  });
  expect(changed).toBe(1);
  commits.close();
});

test("what reads only, and a take that finds nothing, commit nothing", () => {
  const options = storeIn(folder());
  const commits = new GroupCommit(options);
  commits.open();
  const changed = commitsOf(options.file, () => {
    const asked = requests([take(1), { kind: "stats", maxRoutes: 1 }, { kind: "show", seq: 1 }]);
    expect(commits.run(asked, nowMs)).toHaveLength(3);
  });
  expect(changed).toBe(0);
  commits.close();
});

test("one that is refused does not touch those beside it", () => {
  const commits = new GroupCommit(storeIn(folder()));
  const gone: Operation = { kind: "piece", upload: 99, index: 0, bytes: new Uint8Array(1) };
  const answers = commits.run(requests([add("a"), gone, add("b")]), nowMs);
  expect(answers.map((answer) => "value" in answer)).toEqual([true, false, true]);
  expect(commits.run(requests([{ kind: "stats", maxRoutes: 9 }]), nowMs)).toMatchObject([
    { value: { depth: 2, routes: [{ route: "a" }, { route: "b" }] } },
  ]);
  commits.close();
});

test("a full file refuses what is added, and still ends leases in the same commit", () => {
  const commits = new GroupCommit(storeIn(folder(), { maxBytes: 60 * 8192 }));
  const lease = (): { seq: number; lease: number } => {
    const [answer] = commits.run(requests([take(1)]), nowMs);
    const { rows, lease: token } = (answer as { value: { rows: { seq: number }[]; lease: number } })
      .value;
    return { seq: rows[0]?.seq ?? 0, lease: token };
  };
  const big = add("a", 100_000);
  expect(commits.run(requests([big, big]), nowMs).every((answer) => "value" in answer)).toBe(true);
  const held = lease();
  const answers = commits.run(requests([big, big, { kind: "done", ...held }]), nowMs);
  const failed = answers.filter((answer) => "failure" in answer);
  expect(failed).toMatchObject([
    { failure: { code: "queue-full" } },
    { failure: { code: "queue-full" } },
  ]);
  expect(answers.find(({ id }) => id === 2)).toEqual({ id: 2, value: true });
  // And recovers by itself.
  expect(commits.run(requests([big]), nowMs)).toMatchObject([{ value: { duplicate: false } }]);
  commits.close();
});

test("every route gets its share before one gets more", () => {
  const commits = new GroupCommit(storeIn(folder()));
  commits.run(
    requests([...Array.from({ length: 50 }, () => add("deep")), add("b"), add("c")]),
    nowMs,
  );
  const [answer] = commits.run(requests([take(6)]), nowMs);
  const { rows } = (answer as { value: { rows: { route: string }[] } }).value;
  expect(rows.map(({ route }) => route).toSorted()).toEqual([
    "b",
    "c",
    "deep",
    "deep",
    "deep",
    "deep",
  ]);
  commits.close();
});

test("counts stay right whatever is done", () => {
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
    const [taken] = run(take(5, [`r${round % 4}`], 15)) as [
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
