/**
 * `npm run bench [-- [--quick] [--json] [--write] [--long] [--messages N] [suite...]]` runs the suites, or the named ones,
 * each in a process of its own, and prints a table, or one JSON object per line. `--write` also records the result in
 * docs/explanations/benchmarks.md and draws the chart of README.md; `--chart` only draws the chart, from the recorded
 * figures. `soak`, `reload-soak`, `queue`, `backlog` and their `-million` variants run only if they are named, or with
 * `--long`. `--against DIR [--rounds N]` runs the suites in turn in another checkout, which is built, and in this one, and
 * shows how the figures changed. `side-by-side [--write]` measures the code of docs/explanations/side-by-side.md, and
 * writes that page.
 */
import { parseArgs } from "node:util";
import { changesText, compareWith } from "./against.ts";
import { type SuiteResult, writeChart, writeDocuments } from "./documents/documents.ts";
import { measuredApart, thisCheckout } from "./measuring/apart.ts";
import type { Measurement, Suite } from "./measuring/measurement.ts";
import { sideBySide } from "./side-by-side/side-by-side.ts";
import { backlogMillionSuite, backlogSuite } from "./suites/backlog.ts";
import { bodySuite } from "./suites/body.ts";
import { domainsSuite } from "./suites/domains.ts";
import { fanOutSuite } from "./suites/fan-out.ts";
import { memorySuite } from "./suites/memory.ts";
import { poolSuite } from "./suites/pool.ts";
import { queueMillionSuite, queueSuite } from "./suites/queue.ts";
import { relaySuite } from "./suites/relay.ts";
import { reloadSoakSuite } from "./suites/reload-soak.ts";
import { signSuite } from "./suites/sign.ts";
import { soakSuite } from "./suites/soak.ts";
import { startSuite } from "./suites/start.ts";
import { statsSuite } from "./suites/stats.ts";
import { verifySuite } from "./suites/verify.ts";
import { workloadSuite } from "./suites/workload.ts";
import { worstCaseSuite } from "./suites/worst-case.ts";

const suites: readonly Suite[] = [
  signSuite,
  verifySuite,
  bodySuite,
  poolSuite,
  domainsSuite,
  startSuite,
  memorySuite,
  workloadSuite,
  worstCaseSuite,
  statsSuite,
  fanOutSuite,
  relaySuite,
];
/** Suites that take long: they run only if they are named, or with --long. */
const onRequest: readonly Suite[] = [
  soakSuite,
  reloadSoakSuite,
  queueSuite,
  queueMillionSuite,
  backlogSuite,
  backlogMillionSuite,
];
const all = [...suites, ...onRequest];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
    chart: { type: "boolean", default: false },
    long: { type: "boolean", default: false },
    messages: { type: "string" },
    against: { type: "string" },
    rounds: { type: "string", default: "3" },
  },
});
if (positionals.length === 1 && positionals[0] === "side-by-side") {
  await sideBySide(values);
  process.exit();
}

const unknown = positionals.find((name) => !all.some((suite) => suite.name === name));
if (unknown !== undefined) {
  const names = all.map(({ name }) => name).join(", ");
  console.error(`bench: unknown suite ${unknown}; expected one of ${names}`);
  process.exit(2);
}

if (values.chart) {
  writeChart();
  process.exit();
}

const results: SuiteResult[] = [];
const usual = values.long ? all : suites;
const chosen =
  positionals.length === 0 ? usual : all.filter(({ name }) => positionals.includes(name));
const { quick, messages } = values;
const options = [...(quick ? ["--quick"] : []), ...(messages ? ["--messages", messages] : [])];
if (values.against !== undefined) {
  for (const { name } of chosen) {
    const rounds = Number(values.rounds);
    console.log(changesText(name, compareWith(values.against, name, { rounds, args: options })));
  }
  process.exit();
}

for (const suite of chosen) {
  const measurements =
    chosen.length > 1
      ? measuredApart(thisCheckout, suite.name, options)
      : await suite.run({ quick, ...(messages ? { messages: Number(messages) } : {}) });
  results.push({ suite, measurements });
  if (values.json) {
    printJson(suite.name, measurements);
  } else {
    printTable(suite, measurements);
  }
}
if (values.write) {
  const command = ["npm run bench --", ...process.argv.slice(2)].join(" ");
  writeDocuments(results, command, new Date());
}

function printJson(suite: string, measurements: readonly Measurement[]): void {
  for (const { name, ratio, against, floor, ours, theirs, unit } of measurements) {
    console.log(JSON.stringify({ suite, name, ratio, against, floor, ours, theirs, unit }));
  }
}

function printTable(suite: Suite, measurements: readonly Measurement[]): void {
  const rows = measurements.map(({ name, ratio, against, floor, ours, theirs, unit }) => [
    name,
    ratio.toFixed(2),
    floor === 0 ? "" : `>= ${floor}`,
    `${shown(ours)} ${unit}`,
    `${shown(theirs)} ${unit}`,
    against,
  ]);
  const head = ["", "ratio", "target", "Mailseal", "peer", "compared with"];
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
