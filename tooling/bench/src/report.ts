import type { Measurement, Suite } from "./measurement.ts";

export function printJson(suite: string, measurements: readonly Measurement[]): void {
  for (const { name, ratio, against, floor, ours, theirs, unit } of measurements) {
    console.log(JSON.stringify({ suite, name, ratio, against, floor, ours, theirs, unit }));
  }
}

export function printTable(suite: Suite, measurements: readonly Measurement[]): void {
  const rows = measurements.map(({ name, ratio, against, floor, ours, theirs, unit }) => [
    name,
    ratio.toFixed(2),
    floor === 0 ? "" : `>= ${floor}`,
    `${shown(ours)} ${unit}`,
    `${shown(theirs)} ${unit}`,
    against,
  ]);
  const head = ["", "ratio", "wanted", "ours", "theirs", "against"];
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  console.log(`\n${suite.name}: ${suite.description}`);
  for (const row of [head, ...rows]) {
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    );
  }
}

function shown(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}
