import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { expect, test } from "vitest";
import { replaceDurably } from "../../src/files/durable-file.ts";

/** The id of a process that has ended. */
const ended = spawnSync(process.execPath, ["--version"]).pid;

test("a write removes what a killed process left of the same file, and nothing else", async () => {
  const directory = temporaryDirectory("test");
  const kept = [
    `active.json.${process.ppid}.new`,
    "active.json.backup.new",
    `active.json.${ended}.newer`,
    `other.json.${ended}.new`,
  ];
  for (const name of [...kept, `active.json.${ended}.new`, `active.json.${process.pid}.new`]) {
    writeFileSync(join(directory, name), "half");
  }
  await replaceDurably(join(directory, "active.json"), "whole", 0o600);
  expect(readdirSync(directory).toSorted()).toEqual(["active.json", ...kept].toSorted());
  expect(readFileSync(join(directory, "active.json"), "utf8")).toBe("whole");
});
