import { expect, test } from "vitest";
import { withMeasurements } from "../src/documents.ts";

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

test("a text without the marks is refused", () => {
  expect(() => withMeasurements(`${marks[1]}\n${marks[0]}`, [], "", new Date(0))).toThrow(
    "expected the marks",
  );
});
