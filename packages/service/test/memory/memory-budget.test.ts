import { expect, test } from "vitest";
import { MemoryBudget } from "../../src/index.ts";

test("room is given up to the limit, and again when it was given back", () => {
  const budget = new MemoryBudget(100);
  expect(budget.take(60)).toBe(true);
  expect([budget.hasRoom(40), budget.hasRoom(41)]).toEqual([true, false]);
  expect([budget.take(41), budget.usedBytes]).toEqual([false, 60]);
  expect([budget.take(40), budget.usedBytes]).toEqual([true, 100]);
  budget.give(60);
  expect([budget.take(60), budget.usedBytes]).toEqual([true, 100]);
});

test("a smaller limit of a new config takes nothing back, and gives no more until there is room", () => {
  const budget = new MemoryBudget(100);
  budget.take(80);
  budget.resize(50);
  expect([budget.usedBytes, budget.take(1)]).toEqual([80, false]);
  budget.give(40);
  expect([budget.take(10), budget.take(1)]).toEqual([true, false]);
});
