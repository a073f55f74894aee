import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const bench = fileURLToPath(new URL("../src/bench.ts", import.meta.url));

test("the short mode runs and prints one measurement a line", { timeout: 300_000 }, () => {
  const output = execFileSync(process.execPath, [bench, "--quick", "--json"], { encoding: "utf8" });
  const rows = output
    .trim()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
  expect(rows.length).toBeGreaterThan(20);
  for (const row of rows) {
    expect(row).toEqual({
      suite: expect.any(String),
      name: expect.any(String),
      ratio: expect.any(Number),
      against: expect.any(String),
      floor: expect.any(Number),
      ours: expect.any(Number),
      theirs: expect.any(Number),
      unit: expect.any(String),
    });
  }
});
