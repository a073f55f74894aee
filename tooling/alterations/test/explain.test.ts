import { describe, expect, test } from "vitest";
import {
  alterations,
  breaksSomething,
  pairTrials,
  samples,
  score,
  scoreText,
  singleTrials,
} from "../src/index.ts";

const all = [...alterations.body, ...alterations.header, ...alterations.key];
/** Only for a test that hangs: the machine may be busy. */
const timeout = 900_000;

describe("the alterations", () => {
  test("at least 60, each with a name of its own", () => {
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
    expect(all.length).toBeGreaterThanOrEqual(60);
    expect(samples.length).toBeGreaterThanOrEqual(4);
  });

  test(
    "each breaks a signature of some message in some canonicalization",
    { timeout },
    async () => {
      const idle: string[] = [];
      for (const alteration of all) {
        if (!(await breaksSomething(alteration))) {
          idle.push(alteration.name);
        }
      }
      expect(idle).toEqual([]);
    },
  );
});

describe("explain", () => {
  test(
    "one alteration: the true cause first in 95 %, a wrong one in none",
    { timeout },
    async () => {
      const result = await score(singleTrials("some"));
      console.log(scoreText("single", result));
      expect(result.wrong).toEqual([]);
      expect(result.broken).toBeGreaterThan(500);
      expect(result.explained / result.broken).toBeGreaterThanOrEqual(0.95);
    },
  );

  test("two alterations: both found in 60 %, a wrong one in none", { timeout }, async () => {
    const result = await score(pairTrials("some"));
    console.log(scoreText("pairs", result));
    expect(result.wrong).toEqual([]);
    expect(result.broken).toBeGreaterThan(100);
    expect(result.explained / result.broken).toBeGreaterThanOrEqual(0.6);
  });
});
