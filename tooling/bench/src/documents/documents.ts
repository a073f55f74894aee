import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import type { Measurement, Suite } from "../measuring/measurement.ts";
import { speedChart } from "./chart.ts";
import { findRow, type RecordedRow, recordedRows } from "./recorded.ts";

const measured = {
  begin: "<!-- measured: written by npm run bench -- --write -->",
  end: "<!-- /measured -->",
} as const;
const figures = {
  begin: "<!-- figures: written by npm run bench -- --chart -->",
  end: "<!-- /figures -->",
} as const;
const root = new URL("../../../../", import.meta.url);
const tables = fileURLToPath(new URL("docs/explanations/benchmarks.md", root));
const readme = fileURLToPath(new URL("README.md", root));
const chartOf = {
  light: fileURLToPath(new URL("docs/images/speed-light.svg", root)),
  dark: fileURLToPath(new URL("docs/images/speed-dark.svg", root)),
} as const;

export interface SuiteResult {
  readonly suite: Suite;
  readonly measurements: readonly Measurement[];
}

/**
 * Records the measurements, and the command that made them, in docs/explanations/benchmarks.md; the tables of other suites
 * stay; then draws the chart anew. Throws if a file has lost its marks.
 */
export function writeDocuments(results: readonly SuiteResult[], command: string, date: Date): void {
  const text = readFileSync(tables, "utf8");
  writeFileSync(tables, withMeasurements(text, results, command, date));
  writeChart();
}

/** Writes the chart and the figures of README.md from the tables in docs/explanations/benchmarks.md. */
export function writeChart(): void {
  for (const [file, text] of chartFiles()) writeFileSync(file, text);
}

/** The files that are made from the recorded tables, and their text. */
export function chartFiles(): ReadonlyMap<string, string> {
  const rows = recordedRows(readFileSync(tables, "utf8"));
  return new Map([
    [chartOf.light, speedChart(rows, "light")],
    [chartOf.dark, speedChart(rows, "dark")],
    [readme, between(figures, readFileSync(readme, "utf8"), () => `\n\n${figureLines(rows)}\n\n`)],
  ]);
}

export function withMeasurements(
  text: string,
  results: readonly SuiteResult[],
  command: string,
  date: Date,
): string {
  return between(measured, text, (section) => {
    const blocks = blocksOf(section);
    for (const result of results) {
      blocks.set(result.suite.name, markdown(result, command, date));
    }
    return ["", introduction, ...blocks.values(), ""].join("\n\n");
  });
}

const introduction =
  "Both sides run in turn in the same run. A higher ratio is better for Mailseal, whatever the unit.";

/** Replaces the text between two marks. */
function between(
  { begin, end }: { readonly begin: string; readonly end: string },
  text: string,
  replace: (section: string) => string,
): string {
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) {
    throw new Error(`expected the marks ${begin} and ${end}`);
  }
  const start = from + begin.length;
  return text.slice(0, start) + replace(text.slice(start, to)) + text.slice(to);
}

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
    "| measurement | compared with | ratio | target | Mailseal | peer |",
    "| --- | --- | ---: | ---: | ---: | ---: |",
    ...measurements.map(row),
    "",
    `Measured by \`${command}\` on ${day} (${machine}).`,
  ].join("\n");
}

function row(measurement: Measurement): string {
  const { name, against, ratio, floor, ours, theirs, unit } = measurement;
  const target = floor === 0 ? "" : `≥ ${floor}`;
  const cells = [name, against, ratio.toFixed(2), target, figure(ours, unit), figure(theirs, unit)];
  return `| ${cells.join(" | ")} |`;
}

function figure(value: number, unit: string): string {
  const digits = value >= 100 ? 0 : 1;
  return `${value.toLocaleString("en", { maximumFractionDigits: digits })} ${unit}`;
}

/** The three lines of the README; one whose rows are not recorded is left out. */
function figureLines(rows: readonly RecordedRow[]): string {
  const find = (suite: string, name: string, against: string): RecordedRow | undefined =>
    findRow(rows, { suite, name, against });
  const lines: string[] = [];
  const bound = find("sign", "RSA-2048, 2 KB", "node:crypto sign alone");
  if (bound !== undefined) {
    const percent = Math.round(bound.ratio * 100);
    lines.push(
      `- **Signing**: ${perSecond(bound.ours)} in one thread (RSA-2048, 2 KB), ${percent} % of the rate of \`node:crypto\` alone.`,
    );
  }
  const verified = find("verify", "RSA-2048, 2 KB", "libopendkim");
  if (verified !== undefined) {
    lines.push(
      `- **Verifying**: ${perSecond(verified.ours)} in one thread with the key cached; libopendkim: ${perSecond(verified.theirs)}.`,
    );
  }
  const relayed = find("relay", "relay, 2 KB", "Postfix with OpenDKIM");
  const latency = find("relay", "relay, 2 KB, p50", "Postfix with OpenDKIM");
  if (relayed !== undefined && latency !== undefined) {
    lines.push(
      `- **Relaying**: ${perSecond(relayed.ours)} signed and delivered, median latency ${latency.ours}; Postfix with OpenDKIM: ${perSecond(relayed.theirs)}, ${latency.theirs}.`,
    );
  }
  return lines.join("\n");
}

function perSecond(figureText: string): string {
  return figureText.replace(/ \/s$/, " messages per second");
}
