import { describe, expect, test } from "vitest";
import { Budget } from "../../src/explain/budget.ts";
import { explained, signed } from "../support/explained.ts";

describe("bounds", () => {
  test("hypotheses", async () => {
    const text = signed().replace("The plan", "Something else entirely").replace("plan.", "ship.");
    const explanation = await explained(text, { maxHypotheses: 50 });
    expect(explanation.hypotheses).toBeLessThanOrEqual(50);
    expect(explanation.bounded).toBe(true);
    expect(explanation.signatures[0]?.causes.map(({ code }) => code)).toEqual([
      "not-determined",
      "not-determined",
    ]);
    expect(explanation.signatures[0]?.causes[0]?.evidence).toContain("the limit was reached");
  });

  test("time: work stops when the clock passes the end", async () => {
    let time = 0;
    const text = signed().replace("plan.", "ship.");
    const explanation = await explained(text, { maxMilliseconds: 100, clock: () => time++ });
    expect(explanation.bounded).toBe(true);
    expect(time).toBeLessThan(400);
  });
});

describe("a budget", () => {
  test("is bounded once a hypothesis is refused", () => {
    const budget = new Budget({ maxHypotheses: 2, clock: () => 0 }, 0);
    expect([budget.take(), budget.take(), budget.bounded]).toEqual([true, true, false]);
    expect([budget.take(), budget.bounded, budget.tested]).toEqual([false, true, 2]);
  });

  test("ends early enough for one step over the whole message", () => {
    let time = 0;
    const budget = new Budget({ maxMilliseconds: 100, clock: () => time }, 1_000_000);
    time = 60;
    expect(budget.hasTime()).toBe(true);
    time = 61;
    expect(budget.hasTime()).toBe(false);
  });

  test("leaves the rest of a share to what comes later", () => {
    const budget = new Budget({ maxHypotheses: 10, clock: () => 0 }, 0);
    const used = budget.share(0.5, () => {
      let count = 0;
      while (budget.take()) count++;
      return count;
    });
    expect(used).toBe(5);
    expect(budget.take()).toBe(true);
  });
});
