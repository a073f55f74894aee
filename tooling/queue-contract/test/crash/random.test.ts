import { expect, test } from "vitest";
import { seededRandom } from "../../src/crash/random.ts";

const some = (seed: number): readonly number[] => Array.from({ length: 1000 }, seededRandom(seed));

test("a seed gives the same numbers each time, from 0 to 1, and another seed others", () => {
  expect(some(5)).toEqual(some(5));
  expect(some(5)).not.toEqual(some(6));
  expect(some(0).every((number) => number >= 0 && number < 1)).toBe(true);
  expect(new Set(some(0)).size).toBeGreaterThan(990);
});
