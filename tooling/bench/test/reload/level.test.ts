import { expect, test } from "vitest";
import { levelOf, type Points } from "../../src/reload/level.ts";

/** Eight minutes, a point every ten seconds. */
function eightMinutes(megabytesAt: (minutes: number) => number): Points {
  return Array.from({ length: 49 }, (_, index) => [2 + index / 6, megabytesAt(index / 6)]);
}

test.each<[name: string, megabytesAt: (minutes: number) => number, isLevel: boolean]>([
  ["the same all the time", () => 180, true],
  ["a saw that comes down every two minutes", (minutes) => 160 + 10 * (minutes % 2), true],
  ["less at the end", (minutes) => 200 - 5 * minutes, true],
  ["a step of 4 MB at half the time", (minutes) => (minutes < 4 ? 180 : 184), true],
  ["a line of 1.3 MB a minute", (minutes) => 180 + 1.3 * minutes, false],
  ["of a small process, a line that adds 10 % in all", (minutes) => 60 + 0.75 * minutes, false],
  ["a step of a tenth at the end", (minutes) => (minutes < 6.9 ? 100 : 111), false],
])("%s", (_name, megabytesAt, isLevel) => {
  expect(levelOf(eightMinutes(megabytesAt)).isLevel).toBe(isLevel);
});

test("the figures are those of the first and last minute, and the most of all", () => {
  const { growthMb, firstMb, lastMb, mostMb } = levelOf(eightMinutes((minutes) => 100 + minutes));
  expect(growthMb).toBeCloseTo(1);
  expect([firstMb, lastMb, mostMb]).toEqual([100.5, 107.5, 108]);
});
