import { afterEach, expect, test } from "vitest";
import { clip, columns as columnsNow, paint, wrap } from "../../src/command-line/terminal.ts";

const { columns } = process.stdout;
afterEach(() => {
  process.stdout.columns = columns;
});

test.each([
  [20, 40],
  [60, 60],
  [200, 100],
])("text in a terminal of %i columns is wrapped at %i", (terminal, width) => {
  process.stdout.columns = terminal;
  const lines = wrap("word ".repeat(60).trim(), "  ").split("\n");
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
  expect(Math.max(...lines.map((line) => line.length))).toBeGreaterThan(width - 5);
  expect(lines.every((line) => line.startsWith("  word"))).toBe(true);
});

test("without a terminal there are 80 columns", () => {
  process.stdout.columns = undefined as unknown as number;
  expect(columnsNow()).toBe(80);
});

test("a word that is longer than the terminal stays whole", () => {
  process.stdout.columns = 40;
  expect(wrap(`a ${"x".repeat(50)} b`, "").split("\n")).toEqual(["a", "x".repeat(50), "b"]);
});

test("a line is cut at the width of the terminal", () => {
  process.stdout.columns = 40;
  expect(clip("x".repeat(38), "  ")).toBe(`  ${"x".repeat(38)}`);
  expect(clip("x".repeat(39), "  ")).toBe(`  ${"x".repeat(37)}…`);
});

test("text is not coloured without a terminal", () => {
  expect(paint("red", "text")).toBe("text");
});
