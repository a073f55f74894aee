import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { expect, onTestFinished, test } from "vitest";
import { Journal } from "../src/journal.ts";
import { defaultPlan } from "../src/plan.ts";
import type { RotationState } from "../src/steps/rotation-state.ts";

const domain = "example.com";
const state: Omit<RotationState, "id"> = {
  domain,
  stage: "generate",
  direction: "forward",
  incoming: [],
  outgoing: [],
  handedOver: false,
  sinceMs: 1,
  dueMs: 1,
  attempts: 0,
  plan: defaultPlan,
};
const ours = { domain, holder: "ours" };
const theirs = { domain, holder: "theirs" };

function opened(path: string): Journal {
  const journal = new Journal(path);
  onTestFinished(() => journal.close());
  return journal;
}

test("the journal keeps rotations and their history in a file with mode 0600", () => {
  const path = join(temporaryDirectory("test"), "rotation.db");
  const first = opened(path);
  first.acquire(ours, 0, 10);
  const inserted = first.insert(ours, state, "started");
  first.commit(
    ours,
    { ...inserted, stage: "publish" },
    { stage: "generate", atMs: 2, event: "made" },
  );
  first.commit(ours, { ...inserted, stage: "confirm" }, { stage: "publish", atMs: 3 });
  const second = opened(path);
  expect(second.rotations()).toEqual([{ ...inserted, stage: "confirm" }]);
  expect(second.rotations("example.net")).toEqual([]);
  expect(second.history(domain)).toEqual([
    { rotation: 1, domain, atMs: 1, stage: "generate", event: "started" },
    { rotation: 1, domain, atMs: 2, stage: "generate", event: "made" },
  ]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("a lease belongs to its holder until it is released or expires", () => {
  const path = join(temporaryDirectory("test"), "rotation.db");
  const [first, second] = [opened(path), opened(path)];
  expect(first.acquire(ours, 0, 10)).toBe(true);
  expect(second.acquire(theirs, 9, 19)).toBe(false);
  expect(first.acquire(ours, 9, 20)).toBe(true);
  expect(second.acquire(theirs, 10, 30)).toBe(false);
  second.release(theirs);
  expect(second.acquire(theirs, 20, 30)).toBe(true);
  expect(() => first.insert(ours, state, "started")).toThrow(
    /another process has taken over example\.com/,
  );
  expect(first.rotations()).toEqual([]);
  second.release(theirs);
  expect(first.acquire(ours, 21, 30)).toBe(true);
});

test("a lease from before the clock was set back blocks nobody", () => {
  const path = join(temporaryDirectory("test"), "rotation.db");
  const [first, second] = [opened(path), opened(path)];
  expect(first.acquire(ours, 3_600_000, 3_660_000)).toBe(true);
  expect(second.acquire(theirs, 0, 60_000)).toBe(true);
  expect(first.acquire(ours, 1000, 61_000)).toBe(false);
});

test.each([
  ["a folder", (path: string) => path],
  [
    "a file that is not a database",
    (path: string) => {
      writeFileSync(
        join(path, "text"),
        "not a database, and longer than the header of an SQLite file. ".repeat(3),
      );
      return join(path, "text");
    },
  ],
])("the path of %s is refused with the reason", (_, make) => {
  const path = make(temporaryDirectory("test"));
  expect(() => new Journal(path)).toThrow(/cannot use the rotation journal ".*": /);
});

test("a state that is not JSON is reported as a damaged journal", () => {
  const path = join(temporaryDirectory("test"), "rotation.db");
  const journal = opened(path);
  journal.acquire(ours, 0, 10);
  journal.insert(ours, state, "started");
  const database = new DatabaseSync(path);
  database.exec("UPDATE rotations SET state = '{'");
  database.close();
  expect(() => journal.rotations()).toThrow(
    expect.objectContaining({
      code: "bad-state",
      message: expect.stringMatching(/^the rotation journal is damaged: /),
    }),
  );
});
