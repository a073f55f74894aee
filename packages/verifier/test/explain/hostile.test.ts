import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { corpusPath, worstCases } from "@mailseal/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { explain } from "../../src/explain.ts";
import { explained, now, published, signed } from "../support/explained.ts";

test.each(worstCases.map(({ name, build }) => [name, build] as const))("%s", async (_, build) => {
  const message = build(1 << 16);
  const explanation = await explain(message, { keys: published, now, maxHypotheses: 500 });
  expect(explanation.hypotheses).toBeLessThanOrEqual(500);
});

test("any bytes behind a signature (property)", async () => {
  const text = signed();
  await fc.assert(
    fc.asyncProperty(
      fc.nat(text.length),
      fc.nat(400),
      fc.string({ unit: "binary-ascii", maxLength: 200 }),
      async (at, removed, added) => {
        const altered = text.slice(0, at) + added + text.slice(at + removed);
        const explanation = await explained(altered, { maxHypotheses: 300 });
        expect(explanation.hypotheses).toBeLessThanOrEqual(300);
        for (const { result, causes } of explanation.signatures) {
          expect(causes.length > 0).toBe(result !== "pass");
        }
      },
    ),
    { numRuns: 200 },
  );
});

test.skipIf(corpusPath() === undefined)(
  "every message of the corpus",
  { timeout: 120_000 },
  async () => {
    const root = corpusPath() ?? "";
    const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter(
      (entry) => entry.isFile() && /\.(?:eml|msg|txt)$/.test(entry.name),
    );
    expect(files.length).toBeGreaterThan(10);
    for (const { parentPath, name } of files) {
      const explanation = await explain(readFileSync(join(parentPath, name)), {
        keys: published,
        now,
        maxHypotheses: 200,
      });
      expect(explanation.hypotheses).toBeLessThanOrEqual(200);
    }
  },
);
