import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { add, commitsInNewFile, nowMs } from "../operations.ts";

const routes = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ route: `r${index}`, recipients: "[]" }));

test("destinations get consecutive numbers, which are never used again", () => {
  const { run } = commitsInNewFile();
  const added = run(add("", 1, { destinations: routes(3) }));
  expect(added).toEqual({ firstSeq: 1, count: 3, duplicate: false });
  for (const seq of [1, 2, 3]) run({ kind: "drop", seq });
  expect(run(add("a"))).toMatchObject({ firstSeq: 4, count: 1 });
});

test("a duplicate adds nothing, and its upload is removed", () => {
  const { file, run } = commitsInNewFile();
  const first = run(add("a", 1, { dedupId: "once" }));
  const upload = run({ kind: "begin-upload" });
  run({ kind: "piece", upload, index: 0, bytes: new Uint8Array(10) });
  const again = add("a", 10, { dedupId: "once", upload, bytes: undefined });
  expect(run(again)).toEqual({ ...first, duplicate: true });
  const database = new DatabaseSync(file, { readOnly: true });
  const left = database.prepare("SELECT (SELECT count(*) FROM piece) AS pieces").get();
  database.close();
  expect(left).toEqual({ pieces: 0 });
  expect(run({ kind: "stats", maxRoutes: 9 })).toMatchObject({ depth: 1, bytes: 1 });
});

test("an upload that maintenance has removed cannot be continued or added", () => {
  const { run } = commitsInNewFile();
  const upload = run({ kind: "begin-upload" });
  run({ kind: "maintain", aheadMs: 0 }, nowMs + 3_600_001);
  const expected = expect.objectContaining({
    cause: expect.objectContaining({ code: "queue-unavailable" }),
  });
  expect(() => run({ kind: "piece", upload, index: 1, bytes: new Uint8Array(1) })).toThrow(
    expected,
  );
  expect(() => run(add("a", 1, { upload, bytes: undefined }))).toThrow(expected);
  expect(run({ kind: "stats", maxRoutes: 9 })).toMatchObject({ depth: 0 });
});

test("a slow upload keeps its pieces as long as pieces arrive", () => {
  const { run } = commitsInNewFile();
  const upload = run({ kind: "begin-upload" });
  const stepMs = 3_000_000;
  for (let index = 0; index < 5; index += 1) {
    const atMs = nowMs + index * stepMs;
    run({ kind: "piece", upload, index, bytes: new Uint8Array(1) }, atMs);
    run({ kind: "maintain", aheadMs: 0 }, atMs);
  }
  const all = add("a", 5, { upload, bytes: undefined });
  expect(run(all, nowMs + 5 * stepMs)).toMatchObject({ duplicate: false });
});

test("a delayed message is due after its delay, and its age counts from firstSeenMs", () => {
  const { run } = commitsInNewFile();
  const { firstSeq: seq } = run(add("a", 1, { delayMs: 5000, firstSeenMs: nowMs - 7000 }));
  expect(run({ kind: "show", seq })).toMatchObject({
    state: "delayed",
    dueMs: nowMs + 5000,
    firstSeenMs: nowMs - 7000,
  });
});
