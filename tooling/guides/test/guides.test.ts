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
const published = ["packages", "apps"].flatMap((folder) =>
  readdirSync(join(repositoryRoot, folder)).flatMap((name) => {
    const { name: full, ...manifest } = JSON.parse(
      textOf(join(folder, name, "package.json")),
    ) as Manifest;
    return manifest.private === true ? [] : [full];
  }),
);
/** The packages of others that we use. */
const used = Array.from(
  textOf("pnpm-workspace.yaml").matchAll(/^ {2}"?([^"\s:]+)"?: \S/gm),
  ([, name]) => name,
);

test.each(guides)(
  "every package that $page installs is published by us, or used by us",
  ({ page }) => {
    const commands = codeBlocks(textOf(page), "sh").join("");
    const names = Array.from(commands.matchAll(/^npm install (.*)$/gm), ([, args = ""]) =>
      args.split(" ").filter((name) => !name.startsWith("-")),
    ).flat();
    expect(names.filter((name) => ![...published, ...used].includes(name))).toEqual([]);
  },
);

test("every example, and every guide but those of debian-recipe and containers, is followed", () => {
  const wanted = [
    ...pagesIn("docs/guides").filter(
      (page) => !/\/(?:containers|postfix|sendmail|runtimes)\.md$/.test(page),
    ),
    ...readdirSync(join(repositoryRoot, "examples"), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `examples/${name}/README.md`),
  ];
  expect(wanted.filter((page) => guides.every((guide) => guide.page !== page))).toEqual([]);
});

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
}

function pagesIn(folder: string): readonly string[] {
  const names = readdirSync(join(repositoryRoot, folder)).filter((name) => name.endsWith(".md"));
  return names.map((name) => `${folder}/${name}`);
}

function textOf(path: string): string {
  return readFileSync(join(repositoryRoot, path), "utf8");
}
