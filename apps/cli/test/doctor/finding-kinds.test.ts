import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "@mailseal/testkit";
import { expect, test } from "vitest";
import { checks } from "../../src/doctor/checks.ts";
import { findingKinds } from "../../src/doctor/finding-kinds.ts";
import { updateDocument } from "./support/reference.ts";

const kinds = [...findingKinds];
const names = kinds.map(([name]) => name);

test("errors come before warnings, and warnings before notes", () => {
  const levels = kinds.map(([, { level }]) => ["error", "warning", "note"].indexOf(level));
  expect(levels).toEqual(levels.toSorted());
});

test("what a kind explains or prevents exists, and is less important", () => {
  const ids = checks.map(({ id }) => id);
  for (const [name, { explains = [], prevents = [] }] of kinds) {
    for (const explained of explains) {
      expect(names).toContain(explained);
      expect(explained).not.toBe(name);
    }
    for (const prevented of prevents) expect(ids).toContain(prevented);
  }
});

test("a reason fits a line of 80 columns, and a title has no full stop", () => {
  for (const [, { why, title }] of kinds) {
    expect(why.length).toBeLessThanOrEqual(78);
    expect(why).toMatch(/^[A-Z].*\.$/);
    expect(title).toMatch(/^[A-Z].*[^.]$/);
  }
});

test("the reference has every finding, as the table has it", () => {
  const page = join(repositoryRoot, "docs/reference/doctor.md");
  const generated = updateDocument(page, kinds);
  expect(readFileSync(page, "utf8")).toContain(generated);
});
