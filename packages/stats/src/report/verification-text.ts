import { optionsCheck, printableName } from "@mailseal/errors";
import { invalidOption } from "../errors.ts";
import { Histogram } from "../snapshot/histogram.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { domainName } from "../table/bounded-table.ts";
import { otherOf, type Row, rowsOf, totalOf } from "../table/rows.ts";
import { tables } from "../table/tables.ts";
import { OTHER, type TextOptions, textRules } from "./signing-text.ts";

type VerificationTable =
  | "verificationByCode"
  | "verificationByAlgorithm"
  | "verificationByKeyBits"
  | "verificationByTesting"
  | "verificationByAlignment"
  | "verificationByDomain";

const sections: readonly (readonly [title: string, table: VerificationTable])[] = [
  ["Per Code", "verificationByCode"],
  ["Per Algorithm", "verificationByAlgorithm"],
  ["Per Key Size", "verificationByKeyBits"],
  ["Testing Key", "verificationByTesting"],
  ["Alignment", "verificationByAlignment"],
];
const DEFAULT_TOP = 20;
const NAME_WIDTH = 32;
const COUNT_WIDTH = 11;

const checkOptions = optionsCheck<Omit<TextOptions, "binding">>(
  "options",
  { domain: textRules.domain, top: textRules.top },
  invalidOption,
);

/**
 * The verification statistics as text, with a column for each result: the totals, then by code, algorithm,
 * key size, testing flag, alignment, and for the `top` domains (20 by default); then key lookups and times.
 * With `domain`, only that domain's results and the codes of its failures.
 *
 * ```ts
 * console.log(verificationText(statistics.snapshot(), { top: 10 }));
 * ```
 *
 * @throws StatisticsError "invalid-option".
 */
export function verificationText(
  snapshot: Snapshot,
  options: Omit<TextOptions, "binding"> = {},
): string {
  checkOptions(options);
  const { domain, top = DEFAULT_TOP } = options;
  const lines = ["Verification Statistics", "", heading()];
  if (domain === undefined) {
    lines.push(resultLine("Global", totalOf(snapshot, "verification")));
    for (const [title, table] of sections) lines.push(...section(title, snapshot, table, Infinity));
    lines.push(...section("Per Domain", snapshot, "verificationByDomain", top));
    lines.push("", ...lookupLines(snapshot), "", ...timeLines(snapshot));
  } else {
    lines.push(...ofDomain(snapshot, domainName(domain)));
  }
  return `${lines.join("\n")}\n`;
}

function ofDomain(snapshot: Snapshot, domain: string): readonly string[] {
  const row = rowsOf(snapshot, "verificationByDomain").find(({ names }) => names[0] === domain);
  if (row === undefined)
    return [`${domain}: no signatures were verified, or the domain has no row of its own`];
  const failures = rowsOf(snapshot, "unverifiedByDomain").filter(
    ({ names }) => names[0] === domain,
  );
  return [
    resultLine(domain, row.counters),
    ...failures.map(({ names: [, result = "", code = ""], counters }) =>
      countLine(`  ${result} ${code}`, counters.signatures),
    ),
  ];
}

function section(
  title: string,
  snapshot: Snapshot,
  table: VerificationTable,
  top: number,
): readonly string[] {
  const rows = rowsOf(snapshot, table, top);
  if (rows.length === 0) return [];
  const lines = ["", title];
  for (const { names, counters } of rows) lines.push(resultLine(`  ${names[0] ?? ""}`, counters));
  const others = otherOf(snapshot, table, top);
  if (others.verified > 0) lines.push(resultLine(`  ${OTHER}`, others));
  return lines;
}

function lookupLines(snapshot: Snapshot): readonly string[] {
  return [
    "Key Lookups",
    ...rowsOf(snapshot, "keyLookups").map(({ names, counters }) =>
      countLine(`  ${names.join(" ")}`, counters.lookups),
    ),
    ...rowsOf(snapshot, "dnsFailures").map(({ names, counters }) =>
      countLine(`  DNS failure ${names[0] ?? ""}`, counters.lookups),
    ),
  ];
}

function timeLines(snapshot: Snapshot): readonly string[] {
  const times = Object.entries(snapshot.histograms)
    .map(([name, histogram]) => ({ name, histogram: Histogram.from(histogram) }))
    .filter(({ histogram }) => histogram.count > 0)
    .map(({ name, histogram }) => {
      const quantiles = [0.5, 0.9, 0.99].map((q) => inMs(histogram.quantileNs(q)));
      return cells(`  ${name}`, [String(histogram.count), ...quantiles]);
    });
  return [cells("Times in ms", ["count", "p50", "p90", "p99"]), ...times];
}

function heading(): string {
  return cells("", tables.verification.columns);
}

function resultLine(name: string, counters: Row<VerificationTable>["counters"]): string {
  return cells(
    name,
    tables.verification.columns.map((column) => String(counters[column])),
  );
}

function countLine(name: string, count: number): string {
  return cells(name, [String(count)]);
}

function cells(name: string, values: readonly string[]): string {
  return (
    printableName(name).padEnd(NAME_WIDTH) +
    values.map((value) => value.padStart(COUNT_WIDTH)).join("")
  );
}

function inMs(ns: number | undefined): string {
  return ns === undefined ? "-" : (ns / 1e6).toFixed(3);
}
