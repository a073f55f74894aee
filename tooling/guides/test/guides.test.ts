import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { codeBlocks, repositoryRoot } from "@mailseal/testkit";
import { describe, expect, test } from "vitest";
import { guides } from "../src/guides.ts";
import { playGuide } from "../src/play-guide.ts";
import { stageMissing } from "../src/stage.ts";

const missing = stageMissing();
if (missing !== undefined) console.warn(`skipped: ${missing}`);
/** On a build machine nothing may be skipped. */
const isSkipped = missing !== undefined && process.env["CI"] === undefined;

describe.skipIf(isSkipped)("a reader who follows", () => {
  test.each(guides)("$page gets what it says", async (guide) => {
    await expect(playGuide(guide)).resolves.toBeUndefined();
  });
});

/** The names of our packages that are published. */
const published = new Set(
  ["packages", "apps"].flatMap((folder) =>
    readdirSync(join(repositoryRoot, folder)).flatMap((name) => {
      const file = join(repositoryRoot, folder, name, "package.json");
      const manifest = JSON.parse(readFileSync(file, "utf8")) as {
        name: string;
        private?: boolean;
      };
      return manifest.private === true ? [] : [manifest.name];
    }),
  ),
);

test.each(guides)("every package that $page installs is one of ours", ({ page }) => {
  const commands = codeBlocks(readFileSync(join(repositoryRoot, page), "utf8"), "sh").join("");
  const names = Array.from(commands.matchAll(/^npm install (.*)$/gm), ([, args = ""]) =>
    args.split(" ").filter((name) => !name.startsWith("-")),
  ).flat();
  expect(names.filter((name) => !published.has(name))).toEqual([]);
});
