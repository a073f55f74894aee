import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { GroupCommit } from "../../../src/embedded/thread/group-commit.ts";
import type { Operation } from "../../../src/embedded/thread/protocol.ts";
import { folder } from "../fixture.ts";
import { add, nowMs, requests, storeIn, take } from "../operations.ts";

/** The number of commits during `act`: SQLite increases `data_version` by one for each. */
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

test("requests that arrive together share one commit", () => {
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

test("reads, and takes that find nothing, commit nothing", () => {
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

test("a refused request does not affect the others in its commit", () => {
  const commits = new GroupCommit(storeIn(folder()));
  const gone: Operation = { kind: "piece", upload: 99, index: 0, bytes: new Uint8Array(1) };
  const answers = commits.run(requests([add("a"), gone, add("b")]), nowMs);
  expect(answers.map((answer) => "value" in answer)).toEqual([true, false, true]);
  expect(commits.run(requests([{ kind: "stats", maxRoutes: 9 }]), nowMs)).toMatchObject([
    { value: { depth: 2, routes: [{ route: "a" }, { route: "b" }] } },
  ]);
  commits.close();
});

test("a full file refuses new messages and still settles leases in the same commit", () => {
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
  // It recovers without help.
  expect(commits.run(requests([big]), nowMs)).toMatchObject([{ value: { duplicate: false } }]);
  commits.close();
});
