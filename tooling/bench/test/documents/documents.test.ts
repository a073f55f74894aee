import { expect, test } from "vitest";
import { withMeasurements } from "../../src/documents/documents.ts";

const marks = [
  "<!-- measured: written by npm run bench -- --write -->",
  "<!-- /measured -->",
] as const;
const suite = {
  name: "sign",
  description: "signatures",
  run: async () => [],
} as const;
const measurement = {
  name: "a",
  against: "b",
  ours: 4321,
  theirs: 1.25,
  unit: "/s",
  ratio: 3,
  floor: 2,
};

test("the table stands between the marks, and the rest of the text stays", () => {
  const text = `before\n${marks[0]}\nold\n${marks[1]}\nafter\n`;
  const results = [{ suite, measurements: [measurement] }];
  const written = withMeasurements(text, results, "npm run bench -- --write", new Date(0));
  expect(written).toMatch(/^before\n<!-- measured/);
  expect(written).toMatch(/<!-- \/measured -->\nafter\n$/);
  expect(written).toContain("Measured by `npm run bench -- --write` on 1970-01-01");
  expect(written).toContain("| a | b | 3.00 | ≥ 2 | 4,321 /s | 1.3 /s |");
  expect(written).not.toContain("old");
});

test("tables of suites that did not run stay as they were, and in their place", () => {
  const resultOf = (name: string, ours: number) => ({
    suite: { ...suite, name },
    measurements: [{ ...measurement, ours }],
  });
  const empty = `${marks[0]}\n${marks[1]}`;
  const first = [resultOf("sign", 1111), resultOf("pool", 2222)];
  const both = withMeasurements(empty, first, "first", new Date(0));
  const later = withMeasurements(both, [resultOf("sign", 3333)], "later", new Date(1e12));
  expect(later.match(/\*\*\w+\*\*|\d,\d{3}|by `\w+` on \d+/g)).toEqual([
    "**sign**",
    "3,333",
    "by `later` on 2001",
    "**pool**",
    "2,222",
    "by `first` on 1970",
  ]);
});

test("a text without the marks is refused", () => {
  expect(() => withMeasurements(`${marks[1]}\n${marks[0]}`, [], "", new Date(0))).toThrow(
    "expected the marks",
  );
});
