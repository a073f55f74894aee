import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import type { Measurement, Suite } from "./measurement.ts";

const begin = "<!-- measured: written by npm run bench -- --write -->";
const end = "<!-- /measured -->";
const readme = fileURLToPath(new URL("../../../README.md", import.meta.url));
const details = fileURLToPath(new URL("../../../docs/benchmarks.md", import.meta.url));
/** Long tables, which the README leaves to the details. */
const detailed: ReadonlySet<string> = new Set([
  "workload",
  "worst-case",
  "fan-out",
  "backlog",
  "backlog-million",
  "reload-soak",
]);

export interface SuiteResult {
  readonly suite: Suite;
  readonly measurements: readonly Measurement[];
}

/**
 * Puts what was measured, and by which command, between the marks of README.md and docs/benchmarks.md; tables of
 * other suites stay. Throws where the marks are missing.
 */
export function writeDocuments(results: readonly SuiteResult[], command: string, date: Date): void {
  const short = results.filter(({ suite }) => !detailed.has(suite.name));
  for (const [file, shown] of [
    [readme, short],
    [details, results],
  ] as const) {
    writeFileSync(file, withMeasurements(readFileSync(file, "utf8"), shown, command, date));
  }
}

export function withMeasurements(
  text: string,
  results: readonly SuiteResult[],
  command: string,
  date: Date,
): string {
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) {
    throw new Error(`expected the marks ${begin} and ${end}`);
  }
  const blocks = blocksOf(text.slice(from + begin.length, to));
  for (const result of results) {
    blocks.set(result.suite.name, markdown(result, command, date));
  }
  const section = [begin, introduction, ...blocks.values(), end].join("\n\n");
  return text.slice(0, from) + section + text.slice(to + end.length);
}

const introduction = "Ratios, both sides in turn in one run; higher is better.";

/** By suite, in their order. */
function blocksOf(section: string): Map<string, string> {
  const blocks = new Map<string, string>();
  for (const block of section.split(/^(?=\*\*)/m)) {
    const name = /^\*\*([^*]+)\*\*/.exec(block)?.[1];
    if (name !== undefined) blocks.set(name, block.trimEnd());
  }
  return blocks;
}

function markdown({ suite, measurements }: SuiteResult, command: string, date: Date): string {
  const day = date.toISOString().slice(0, 10);
  const machine = `${cpus().length} x ${cpus()[0]?.model.trim()}, Node ${process.versions.node}, OpenSSL ${process.versions.openssl}`;
  return [
    `**${suite.name}**: ${suite.description}`,
    "",
    "| work | against | ratio | wanted | ours | theirs |",
    "| --- | --- | ---: | ---: | ---: | ---: |",
    ...measurements.map(row),
    "",
    `Measured by \`${command}\` on ${day} (${machine}).`,
  ].join("\n");
}

function row(measurement: Measurement): string {
  const { name, against, ratio, floor, ours, theirs, unit } = measurement;
  const wanted = floor === 0 ? "" : `≥ ${floor}`;
  const cells = [name, against, ratio.toFixed(2), wanted, figure(ours, unit), figure(theirs, unit)];
  return `| ${cells.join(" | ")} |`;
}

function figure(value: number, unit: string): string {
  const digits = value >= 100 ? 0 : 1;
  return `${value.toLocaleString("en", { maximumFractionDigits: digits })} ${unit}`;
}
