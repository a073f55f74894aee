import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { codeBlocks, readmeExample, runReadmeExample } from "../src/index.ts";

const fence = "```";

test.each([
  [
    "the first ts block",
    `${fence}sh\nnpm i\n${fence}\n${fence}ts\na\nb\n${fence}\n${fence}ts\nc\n${fence}\n`,
    "a\nb\n",
  ],
  ["no ts block", `${fence}sh\nnpm i\n${fence}\n`, undefined],
  ["not tsx", `${fence}tsx\na\n${fence}\n`, undefined],
])("readmeExample finds %s", (_, readme, example) => {
  expect(readmeExample(readme)).toBe(example);
});

test("codeBlocks finds every block of a language, in order", () => {
  const markdown = `${fence}js\na\n${fence}\n${fence}json\nb\n${fence}\n${fence}js\nc\n${fence}\n`;
  expect(codeBlocks(markdown, "js")).toEqual(["a\n", "c\n"]);
  expect(codeBlocks(markdown, "sh")).toEqual([]);
});

describe("runReadmeExample", () => {
  let packageDir = "";
  beforeEach(async () => {
    packageDir = await mkdtemp(join(tmpdir(), "mailseal-testkit-"));
    await writeFile(
      join(packageDir, "package.json"),
      '{ "name": "@example/self", "type": "module", "exports": "./index.js" }',
    );
    await writeFile(join(packageDir, "index.js"), 'export const greeting = "hello";');
  });
  afterEach(() => rm(packageDir, { recursive: true }));

  async function runExample(...lines: readonly string[]): Promise<string> {
    await writeFile(join(packageDir, "README.md"), [`${fence}ts`, ...lines, fence].join("\n"));
    return (await runReadmeExample(packageDir)).stdout;
  }

  test("imports the package by its own name, with types, away from its folder", async () => {
    const stdout = await runExample(
      'import { greeting } from "@example/self";',
      "const text: string = greeting;",
      "console.log(text, process.cwd());",
    );
    expect(stdout).toMatch(/^hello /);
    expect(stdout).not.toContain(packageDir);
  });

  test.each([
    ["fails", 'console.log("before"); throw new Error("broken");', /broken[^]*before/],
    ["prints nothing", "export {};", /printed nothing/],
  ])("rejects an example that %s, and leaves no file", async (_, line, message) => {
    await expect(runExample(line)).rejects.toThrow(message);
    expect((await readdir(packageDir)).toSorted()).toEqual([
      "README.md",
      "index.js",
      "package.json",
    ]);
  });
});
