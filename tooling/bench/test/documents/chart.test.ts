import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { speedChart } from "../../src/documents/chart.ts";
import { chartFiles } from "../../src/documents/documents.ts";
import { recordedRows } from "../../src/documents/recorded.ts";

const table = [
  "**sign**: signatures per second",
  "",
  "| measurement | compared with | ratio | target | Mailseal | peer |",
  "| --- | --- | ---: | ---: | ---: | ---: |",
  "| RSA-2048, 2 KB | mailauth | 3.04 | ≥ 3 | 2,654 /s | 874 /s |",
  "",
  "**verify**: messages per second",
  "",
  "| RSA-2048, 2 KB | mailauth | 11.51 |  | 21,692 /s | 1,886 /s |",
].join("\n");

test("the recorded tables are read back with their suites", () => {
  expect(recordedRows(table)).toEqual([
    {
      suite: "sign",
      name: "RSA-2048, 2 KB",
      against: "mailauth",
      ratio: 3.04,
      ours: "2,654 /s",
      theirs: "874 /s",
    },
    {
      suite: "verify",
      name: "RSA-2048, 2 KB",
      against: "mailauth",
      ratio: 11.51,
      ours: "21,692 /s",
      theirs: "1,886 /s",
    },
  ]);
});

test("the chart has a bar for each recorded row, as long as its ratio", () => {
  const chart = speedChart(recordedRows(table), "light");
  const widths = Array.from(chart.matchAll(/<rect [^>]*width="([\d.]+)"/g), ([, width]) =>
    Number(width),
  );
  expect(widths).toHaveLength(2);
  expect((widths[0] ?? 0) / (widths[1] ?? 1)).toBeCloseTo(3.04 / 11.51, 2);
  expect(chart).toContain("2,654 vs 874 per second");
  expect(chart).toContain(">3.0×<");
});

test("the two schemes differ in colours alone", () => {
  const rows = recordedRows(table);
  const [light, dark] = (["light", "dark"] as const).map((scheme) =>
    speedChart(rows, scheme).replaceAll(/#[\da-f]{6}/g, "#"),
  );
  expect(light).toBe(dark);
  expect(speedChart(rows, "light")).not.toBe(speedChart(rows, "dark"));
});

test("the chart and the figures of the README are those of docs/explanations/benchmarks.md: npm run bench -- --chart", () => {
  for (const [file, text] of chartFiles()) {
    const stored = readFileSync(file, "utf8");
    expect(stored, file).toBe(text);
  }
});

test("every bar of the chart, and every line of figures, has its recorded row", () => {
  const [light = "", dark = "", readme = ""] = chartFiles().values();
  expect([light, dark].map((chart) => chart.match(/<rect /g)?.length)).toEqual([8, 8]);
  expect(readme.match(/^- \*\*(?:Signing|Verifying|Relaying)\*\*: \d/gm)).toHaveLength(3);
});
