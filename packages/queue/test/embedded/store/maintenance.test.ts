import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { folder, messageTo, open } from "../fixture.ts";
import { add, commitsInNewFile, nowMs } from "../operations.ts";

const body = Buffer.alloc(100_000, "x");
const maintain = { kind: "maintain", aheadMs: 0 } as const;

test("the file shrinks after a backlog, and the WAL stays short", async () => {
  const directory = folder();
  const file = join(directory, "queue.db");
  const queue = await open(file, { maintenanceMs: 20 });
  const big = Buffer.alloc(2_000_000, "x");
  for (let index = 0; index < 30; index += 1) await queue.add(messageTo("a"), big);
  const before = statSync(file).size;
  expect(before).toBeGreaterThan(30_000_000);
  for (const lease of await queue.take(100, { maxBytes: 1e9 })) await lease.done();
  const deadline = Date.now() + 20_000;
  while (statSync(file).size > before / 2 && Date.now() < deadline) {
    // Commits free pages, and a checkpoint of the WAL then shortens the file.
    await queue.add(messageTo("a"), body);
  }
  expect(statSync(file).size).toBeLessThanOrEqual(before / 2);
  const wal = readdirSync(directory).find((name) => name.endsWith("-wal")) ?? "";
  expect(statSync(join(directory, wal)).size).toBeLessThan(100 * 1024 * 1024);
});

test("a de-duplication id is remembered for one to two windows", () => {
  const { run } = commitsInNewFile({ dedupWindowMs: 1000 });
  run(maintain, nowMs);
  const once = add("a", 1, { dedupId: "once" });
  run(once, nowMs);
  run(maintain, nowMs + 1000);
  expect(run(once, nowMs + 1000)).toMatchObject({ duplicate: true });
  run(maintain, nowMs + 2000);
  expect(run(once, nowMs + 2000)).toMatchObject({ duplicate: false });
});

test("the pieces of an abandoned upload are removed after an hour, and those of a current one are kept", () => {
  const { file, run } = commitsInNewFile();
  const hourMs = 3_600_000;
  const [old, current] = [0, hourMs].map((afterMs) => {
    const upload = run({ kind: "begin-upload" }, nowMs + afterMs);
    run({ kind: "piece", upload, index: 0, bytes: new Uint8Array(10) }, nowMs + afterMs);
    return upload;
  });
  run(maintain, nowMs + hourMs + 1);
  const database = new DatabaseSync(file, { readOnly: true });
  const uploads = database.prepare("SELECT id FROM upload").all();
  const pieces = database.prepare("SELECT id / 1048576 AS upload FROM piece").all();
  database.close();
  expect(old).not.toBe(current);
  expect([uploads, pieces]).toEqual([[{ id: current }], [{ upload: current }]]);
});
