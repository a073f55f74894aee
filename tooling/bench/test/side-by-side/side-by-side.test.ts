import { readFileSync } from "node:fs";
import { join } from "node:path";
import { codeBlocks, repositoryRoot } from "@mailseal/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  allCells,
  type Inputs,
  libraries,
  makeInputs,
  resultsOf,
  tasks,
  withBadKey,
} from "../../src/side-by-side/cells.ts";
import { measureCells } from "../../src/side-by-side/side-by-side.ts";

const cells = allCells();
let inputs: Inputs;
beforeAll(async () => {
  inputs = await makeInputs();
});
afterAll(() => inputs.dns.close());

describe("the code of each cell runs, and its result verifies", () => {
  test.each(cells.map((cell) => [cell.task.title, cell.library, cell] as const))(
    "%s: %s",
    async (_, _library, cell) => {
      expect(await resultsOf(cell, inputs)).toEqual(cell.task.results);
    },
  );
});

test.each(
  cells.filter(({ task }) => task.id === "verify").map((cell) => [cell.library, cell] as const),
)("the verifier of %s does not pass an altered message", async (_, cell) => {
  const signed = Buffer.from(inputs.signed);
  signed[signed.length - 5] = (signed[signed.length - 5] ?? 0) ^ 1;
  const results = await resultsOf(cell, { ...inputs, signed });
  expect(results).toHaveLength(1);
  expect(results).not.toEqual(["pass"]);
});

test("Mailseal never sends unsigned mail with a key that cannot be used", async () => {
  for (const cell of cells.filter(
    (each) => each.library === "Mailseal" && each.task.id !== "verify",
  )) {
    expect(await withBadKey(cell, inputs)).toBe("error at the start");
  }
});

test("every cell gets figures", async () => {
  const figures = await measureCells({ rounds: 1, roundMs: 1 });
  expect(figures.map(({ cell }) => cell.file)).toEqual(cells.map(({ file }) => file));
  for (const { cpuMs, packages, bytes, cell } of figures) {
    expect(cpuMs).toBeGreaterThan(0);
    expect(packages).toBeGreaterThanOrEqual(cell.task.packages[cell.library].length);
    expect(bytes).toBeGreaterThan(10_000);
  }
});

describe("docs/explanations/side-by-side.md", () => {
  const page = readFileSync(
    join(repositoryRoot, "docs", "explanations", "side-by-side.md"),
    "utf8",
  );

  test("shows the code that runs", () => {
    expect(codeBlocks(page, "js")).toEqual(cells.map(({ code }) => code));
  });

  test("has a row for each library and task, with the lines of its code", () => {
    for (const task of tasks) {
      const section = page.split(`\n## ${task.title}\n`)[1] ?? "";
      const rows = section
        .split("\n")
        .filter((line) => /^\| (?:Mailseal|mailauth|nodemailer) /.test(line));
      for (const [at, library] of libraries.entries()) {
        const cell = cells.find((each) => each.task.id === task.id && each.library === library);
        expect(rows[at]).toMatch(
          new RegExp(
            `^\\| ${library} +\\| +${cell === undefined ? "not possible" : cell.lines} \\|`,
          ),
        );
      }
    }
  });
});
