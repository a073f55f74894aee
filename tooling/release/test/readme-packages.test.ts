import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { repositoryRoot } from "@mailseal/testkit";
import { expect, test } from "vitest";
import { publishablePackages } from "../src/publishable.ts";

const readme = readFileSync(join(repositoryRoot, "README.md"), "utf8");
/** In the order of the list: name and folder of each row. */
const listed = Array.from(
  readme.matchAll(/^\| \[`(@mailseal\/[\w-]+)`\]\(([\w/-]+)\)/gm),
  ([, name = "", folder = ""]) => ({ name, folder }),
);

test("the README lists every published package once, and no private one", () => {
  const published = publishablePackages().map(({ name, directory }) => ({
    name,
    folder: relative(repositoryRoot, directory),
  }));
  expect(listed.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual(published);
});

test("each package in the list depends only on packages below it", () => {
  const at = new Map(listed.map(({ name }, index) => [name, index]));
  for (const { name, needs } of publishablePackages()) {
    for (const needed of needs) {
      expect(at.get(needed), `${name} needs ${needed}`).toBeGreaterThan(at.get(name) ?? Infinity);
    }
  }
});
