/**
 * `npm run bench [-- [--quick] [--json] [--write] [--long] [--messages N] [suite...]]`: runs the suites, or those named,
 * each in a process of its own, and prints a table, or one JSON object a line; `--write` puts the result into README.md
 * and docs/benchmarks.md as well. `soak`, `reload-soak`, `queue`, `backlog` and their `-million` run where they are named, and with
 * `--long`.
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { measuredApart } from "./apart.ts";
import { backlogMillionSuite, backlogSuite } from "./backlog-suite.ts";
import { bodySuite } from "./body-suite.ts";
import { type SuiteResult, writeDocuments } from "./documents.ts";
import { fanOutSuite } from "./fan-out-suite.ts";
import type { Suite } from "./measurement.ts";
import { memorySuite } from "./memory-suite.ts";
import { poolSuite } from "./pool-suite.ts";
import { queueMillionSuite, queueSuite } from "./queue-suite.ts";
import { relaySuite } from "./relay-suite.ts";
import { reloadSoakSuite } from "./reload-soak-suite.ts";
import { printJson, printTable } from "./report.ts";
import { signSuite } from "./sign-suite.ts";
import { soakSuite } from "./soak-suite.ts";
import { startSuite } from "./start-suite.ts";
import { statsSuite } from "./stats-suite.ts";
import { verifySuite } from "./verify-suite.ts";
import { workloadSuite } from "./workload-suite.ts";
import { worstCaseSuite } from "./worst-case-suite.ts";

const suites: readonly Suite[] = [
  signSuite,
  verifySuite,
  bodySuite,
  poolSuite,
  startSuite,
  memorySuite,
  workloadSuite,
  worstCaseSuite,
  statsSuite,
  fanOutSuite,
  relaySuite,
];
/** Too long for every run: where they are named, or with --long. */
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
    long: { type: "boolean", default: false },
    messages: { type: "string" },
  },
});
const unknown = positionals.find((name) => !all.some((suite) => suite.name === name));
if (unknown !== undefined) {
  const names = all.map(({ name }) => name).join(", ");
  console.error(`bench: expected one of the suites ${names}, got ${unknown}`);
  process.exit(2);
}

const results: SuiteResult[] = [];
const usual = values.long ? all : suites;
const chosen =
  positionals.length === 0 ? usual : all.filter(({ name }) => positionals.includes(name));
const { quick, messages } = values;
const options = [...(quick ? ["--quick"] : []), ...(messages ? ["--messages", messages] : [])];
for (const suite of chosen) {
  const measurements =
    chosen.length > 1
      ? measuredApart(fileURLToPath(import.meta.url), suite.name, options)
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
