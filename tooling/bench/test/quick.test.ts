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

test("a checkout is compared with another in turn", { timeout: 300_000 }, () => {
  const checkout = fileURLToPath(new URL("../../..", import.meta.url));
  const args = [bench, "--quick", "--rounds", "1", "--against", checkout, "body"];
  const [, title, ...rows] = execFileSync(process.execPath, args, { encoding: "utf8" }).split("\n");
  expect(title).toBe("body: this checkout compared with the other; above 1 is better");
  expect(rows.filter((row) => row !== "").length).toBeGreaterThan(0);
  for (const row of rows.filter((line) => line !== "")) {
    expect(row).toMatch(/^ {2}\d+\.\d{3} {2}\(noise \d+\.\d{3} to \d+\.\d{3}\) {2}\S/);
  }
});

// Messages that were in delivery at the kill are delivered when their lease has ended, after a minute.
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
