import { expect, test } from "vitest";
import { pieceBytes } from "../../../src/embedded/thread/protocol.ts";
import { add, type Commits, commitsInNewFile, nowMs } from "../operations.ts";

function listAll({ run }: Commits, options: { state?: "held" | "delayed"; route?: string }) {
  const seqs: number[] = [];
  let after: number | undefined = 0;
  let pages = 0;
  while (after !== undefined) {
    const { rows, next }: { rows: readonly { seq: number }[]; next?: number } = run({
      kind: "list",
      state: options.state,
      route: options.route,
      limit: 2,
      after,
    });
    expect(rows.length).toBeLessThanOrEqual(2);
    seqs.push(...rows.map(({ seq }) => seq));
    after = next;
    pages += 1;
  }
  return { seqs, pages };
}

test("a list has every message once, page by page", () => {
  const commits = commitsInNewFile();
  for (let count = 0; count < 5; count += 1) commits.run(add("a"));
  expect(listAll(commits, {})).toEqual({ seqs: [1, 2, 3, 4, 5], pages: 3 });
});

test("a list by state or route has only those messages", () => {
  const commits = commitsInNewFile();
  for (const route of ["a", "b", "a", "b", "a"]) commits.run(add(route));
  commits.run({ kind: "hold", seq: 4 });
  commits.run(add("a", 1, { delayMs: 5000 }));
  expect(listAll(commits, { route: "a" }).seqs).toEqual([1, 3, 5, 6]);
  expect(listAll(commits, { state: "held" }).seqs).toEqual([4]);
  expect(listAll(commits, { state: "delayed", route: "a" }).seqs).toEqual([6]);
  expect(listAll(commits, { route: "nowhere" }).seqs).toEqual([]);
});

test("a body is read in pieces, the last of which is marked", () => {
  const { run } = commitsInNewFile();
  const upload = run({ kind: "begin-upload" });
  const body = Buffer.alloc(2 * pieceBytes + 3, "0123456789");
  for (let index = 0; index * pieceBytes < body.length; index += 1) {
    const bytes = new Uint8Array(body.subarray(index * pieceBytes, (index + 1) * pieceBytes));
    run({ kind: "piece", upload, index, bytes });
  }
  const { firstSeq: seq } = run(add("a", body.length, { upload, bytes: undefined }));
  const pieces = [0, 1, 2].map((index) => run({ kind: "read", seq, index }));
  expect(pieces.map((piece) => piece?.last)).toEqual([false, false, true]);
  expect(Buffer.concat(pieces.map((piece) => piece?.bytes ?? Buffer.of())).equals(body)).toBe(true);
  expect(run({ kind: "read", seq: 99, index: 0 })).toBeUndefined();
});

test("stats report the deepest routes first, and the age of the oldest message", () => {
  const { run } = commitsInNewFile();
  run(add("small", 5, { firstSeenMs: nowMs - 60_000 }));
  for (let count = 0; count < 3; count += 1) run(add("deep", 7));
  expect(run({ kind: "stats", maxRoutes: 1 })).toMatchObject({
    depth: 4,
    bytes: 26,
    oldestAgeMs: 60_000,
    routes: [{ route: "deep", depth: 3, bytes: 21 }],
  });
});
