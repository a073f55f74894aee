import { expect, test } from "vitest";
import type { TakenRow } from "../../../src/embedded/thread/protocol.ts";
import { add, type Commits, commitsInNewFile, nowMs, take } from "../operations.ts";

function takeOne({ run }: Commits, atMs = nowMs): { row: TakenRow; held: Held } {
  const { lease, rows } = run(take(1), atMs);
  const [row] = rows;
  if (row === undefined) throw new Error("expected a message");
  return { row, held: { seq: row.seq, lease } };
}

interface Held {
  readonly seq: number;
  readonly lease: number;
}

const later = { afterMs: 5000, reason: "451 later", recipients: null };

test("done removes a message once", () => {
  const commits = commitsInNewFile();
  commits.run(add("a"));
  const { held } = takeOne(commits);
  expect(commits.run({ kind: "done", ...held })).toBe(true);
  expect(commits.run({ kind: "done", ...held })).toBe(false);
  expect(commits.run({ kind: "stats", maxRoutes: 9 })).toMatchObject({ depth: 0, bytes: 0 });
});

test("a lease that another take has replaced settles nothing", () => {
  const commits = commitsInNewFile();
  commits.run(add("a"));
  const { held } = takeOne(commits);
  takeOne(commits, nowMs + 1000);
  for (const operation of [
    { kind: "done", ...held } as const,
    { kind: "retry", ...held, ...later } as const,
    { kind: "dead", ...held, reason: "no", recipients: null } as const,
    { kind: "extend", ...held, durationMs: 1 } as const,
    { kind: "hand-back", ...held } as const,
  ]) {
    expect(commits.run(operation), operation.kind).toBe(false);
  }
  expect(commits.run({ kind: "stats", maxRoutes: 9 })).toMatchObject({ depth: 1, leased: 1 });
});

test("retry defers with a reason and the remaining recipients", () => {
  const commits = commitsInNewFile();
  commits.run(add("a"));
  const { held } = takeOne(commits);
  expect(commits.run({ kind: "retry", ...held, ...later, recipients: "[1]" })).toBe(true);
  expect(commits.run({ kind: "show", seq: held.seq })).toMatchObject({
    state: "delayed",
    dueMs: nowMs + 5000,
    reason: "451 later",
    recipients: "[1]",
  });
  const again = takeOne(commits, nowMs + 5000);
  expect(again.row).toMatchObject({ attempt: 2, recipients: "[1]" });
  // Null leaves the recipients as they are.
  commits.run({ kind: "retry", ...again.held, ...later }, nowMs + 5000);
  expect(takeOne(commits, nowMs + 10_000).row.recipients).toBe("[1]");
});

test("hand-back makes a message ready and does not count as an attempt", () => {
  const commits = commitsInNewFile();
  commits.run(add("a"));
  expect(commits.run({ kind: "hand-back", ...takeOne(commits).held })).toBe(true);
  expect(takeOne(commits).row.attempt).toBe(1);
});

test("a dead letter can be made ready again", () => {
  const commits = commitsInNewFile();
  commits.run(add("a", 10));
  const { held } = takeOne(commits);
  commits.run({ kind: "dead", ...held, reason: "550 no", recipients: null });
  const stats = { kind: "stats", maxRoutes: 9 } as const;
  expect(commits.run(stats)).toMatchObject({ depth: 0, bytes: 0, dead: 1 });
  expect(commits.run({ kind: "hold", seq: held.seq })).toBe(false);
  expect(commits.run({ kind: "retry-now", seq: held.seq })).toBe(true);
  expect(commits.run(stats)).toMatchObject({ depth: 1, bytes: 10, dead: 0 });
  expect(takeOne(commits).row.reason).toBe("550 no");
});

test("a held message is not taken until it is released", () => {
  const commits = commitsInNewFile();
  const { firstSeq: seq } = commits.run(add("a"));
  expect(commits.run({ kind: "release", seq })).toBe(false);
  expect(commits.run({ kind: "hold", seq })).toBe(true);
  expect(commits.run({ kind: "hold", seq })).toBe(false);
  expect(commits.run(take(1)).rows).toEqual([]);
  expect(commits.run({ kind: "release", seq })).toBe(true);
  expect(takeOne(commits).row.seq).toBe(seq);
});

test("drop removes a message in any state, and its lease is lost", () => {
  const commits = commitsInNewFile();
  commits.run(add("a"));
  const { held } = takeOne(commits);
  expect(commits.run({ kind: "drop", seq: held.seq })).toBe(true);
  expect(commits.run({ kind: "drop", seq: held.seq })).toBe(false);
  expect(commits.run({ kind: "done", ...held })).toBe(false);
});
