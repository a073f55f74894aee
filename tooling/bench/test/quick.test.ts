import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { programsMissing } from "../src/mail/smtp-programs.ts";

const bench = fileURLToPath(new URL("../src/bench.ts", import.meta.url));

function run(...suites: readonly string[]): readonly Record<string, unknown>[] {
  const args = [bench, "--quick", "--json", ...suites];
  const output = execFileSync(process.execPath, args, { encoding: "utf8" });
  return output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

test("the short mode runs and prints one measurement a line", { timeout: 300_000 }, () => {
  const rows = run();
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

// What was in hand when all was killed comes after its lease, a minute.
test.skipIf(programsMissing() !== undefined)(
  "kill -9 of relay and workers in the middle of a backlog loses nothing",
  { timeout: 300_000 },
  () => {
    const rows = run("backlog", "queue");
    expect(rows).toContainEqual(
      expect.objectContaining({ suite: "backlog", name: "messages delivered", ours: 2000 }),
    );
    expect(rows).toContainEqual(expect.objectContaining({ suite: "queue", unit: "/s" }));
  },
);
