import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  isOwnerAlive,
  OwnerLock,
  removeStaleLocks,
} from "../../../src/embedded/file/owner-lock.ts";
import { folder } from "../fixture.ts";

test("an owner is alive from the creation of its lock to its release", () => {
  const file = join(folder(), "queue.db");
  expect(isOwnerAlive(file, 7)).toBe(false);
  const lock = new OwnerLock(file, 7);
  expect(isOwnerAlive(file, 7)).toBe(true);
  expect(isOwnerAlive(file, 8)).toBe(false);
  lock.release();
  expect(isOwnerAlive(file, 7)).toBe(false);
  expect(readdirSync(join(file, ".."))).toEqual([]);
});

test("only the lock files of processes that have ended are removed", () => {
  const file = join(folder(), "queue.db");
  const lock = new OwnerLock(file, 7);
  const others = ["queue.db-open-x", "queue.db-openings", "other.db-open-5"];
  for (const name of ["queue.db-open-8", ...others]) writeFileSync(join(file, "..", name), "");
  removeStaleLocks(file);
  const left = readdirSync(join(file, "..")).filter((name) => !name.endsWith("-journal"));
  expect(left.toSorted()).toEqual(["queue.db-open-7", ...others].toSorted());
  lock.release();
});

test("an owner whose lock cannot be opened counts as alive", () => {
  const file = join(folder(), "queue.db");
  writeFileSync(`${file}-open-7`, "not a database\n".repeat(1000));
  expect(isOwnerAlive(file, 7)).toBe(true);
  expect(existsSync(`${file}-open-7`)).toBe(true);
});
