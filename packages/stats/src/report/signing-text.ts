import { number, type OptionRules, optionsCheck, printableName, text } from "@mailseal/errors";
import { invalidOption } from "../errors.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { domainName } from "../table/bounded-table.ts";
import {
  compareNames,
  type Counters,
  subtractRows,
  type Row,
  rowsOf,
  totalOf,
} from "../table/rows.ts";

/** Selects the rows to print. */
export interface TextOptions {
  /** Only this domain. */
  readonly domain?: string;
  /** Only this binding. */
  readonly binding?: string;
  /** At most this many rows of each scope: those with the most messages. */
  readonly top?: number;
}

export const textRules: OptionRules<TextOptions> = { domain: text, binding: text, top: number(0) };

const checkOptions = optionsCheck<TextOptions>("options", textRules, invalidOption);

/**
 * Momentum's answer to `signing_stats reset`.
 *
 * ```ts
 * statistics.reset();
 * console.log(resetAnswer); // "Signing Statistics are reset"
 * ```
 */
export const resetAnswer = "Signing Statistics are reset";

/** The name of the row that sums up everything without a row of its own; no domain or binding has this name. */
export const OTHER = "(other)";

const INDENT = " ".repeat(8);

type SigningTable = "signingByDomain" | "signingByBinding" | "signingByBindingDomain";
type SigningCounters = Counters<"signing">;
type SigningRow = Pick<Row<SigningTable>, "names" | "counters">;

/**
 * The signing statistics as text, line for line as Momentum's console prints its DKIM block for
 * `signing_stats`. Rows are sorted by name; "(other)" comes last and sums up everything without a row of its
 * own.
 *
 * ```ts
 * console.log(signingStatsText(statistics.snapshot(), { domain: "example.com" }));
 * ```
 *
 * @throws StatisticsError "invalid-option".
 */
export function signingStatsText(snapshot: Snapshot, options: TextOptions = {}): string {
  checkOptions(options);
  const { domain, binding } = options;
  const everything = domain === undefined && binding === undefined;
  const lines = [
    ["Signing Statistics", ""],
    everything ? ["Global", ...block(totalOf(snapshot, "signing"))] : [],
    binding === undefined ? ["Per Domain", ...domainLines(snapshot, options)] : [],
    ["Per Binding", ...bindingLines(snapshot, options), ""],
  ];
  return lines.flat().join("\n");
}

function domainLines(snapshot: Snapshot, { domain, top }: TextOptions): readonly string[] {
  const rows = chosen(snapshot, "signingByDomain", ([name]) => isNamed(name, domain), top);
  if (domain === undefined) rows.push(...rest(snapshot, "signingByDomain", rows));
  return rows.flatMap(({ names: [name = ""], counters }) => titled("DomainName ", name, counters));
}

function bindingLines(snapshot: Snapshot, options: TextOptions): readonly string[] {
  const { domain, top } = options;
  const binding = options.binding === undefined ? undefined : printableName(options.binding);
  const pairs = chosen(
    snapshot,
    "signingByBindingDomain",
    ([bindingName, name]) => isNamed(name, domain) && (binding ?? bindingName) === bindingName,
  );
  const byBinding = new Map<string, SigningRow[]>();
  for (const pair of pairs) {
    const [name = ""] = pair.names;
    const known = byBinding.get(name);
    if (known === undefined) byBinding.set(name, [pair]);
    else known.push(pair);
  }
  const rows = chosen(
    snapshot,
    "signingByBinding",
    ([name = ""]) => (binding ?? name) === name && (domain === undefined || byBinding.has(name)),
    top,
  );
  const lines = rows.flatMap(({ names: [name = ""], counters }) => {
    const itsPairs = byBinding.get(name) ?? [];
    // With `domain`, a binding shows that domain's messages only.
    const shown = domain === undefined ? counters : (itsPairs[0]?.counters ?? counters);
    return [...titled("binding_name", name, shown), ...pairLines(itsPairs, top)];
  });
  if (domain !== undefined || binding !== undefined) return lines;
  for (const { counters } of rest(snapshot, "signingByBinding", rows)) {
    lines.push(...titled("binding_name", OTHER, counters));
  }
  return lines;
}

function pairLines(pairs: readonly SigningRow[], top = Infinity): readonly string[] {
  if (pairs.length === 0) return [];
  const heaviest = pairs
    .toSorted((a, b) => b.counters.processed - a.counters.processed)
    .slice(0, top)
    .toSorted(byName);
  return [
    `${INDENT}Per Binding Per Domain`,
    ...heaviest.flatMap(({ names: [, name = ""], counters }) =>
      titled("DomainName", name, counters),
    ),
  ];
}

/** The `top` heaviest of the rows that match, sorted by name. */
function chosen(
  snapshot: Snapshot,
  table: SigningTable,
  wanted: (names: readonly string[]) => boolean,
  top = Infinity,
): SigningRow[] {
  return rowsOf(snapshot, table)
    .filter(({ names }) => wanted(names))
    .slice(0, top)
    .toSorted(byName);
}

function isNamed(name: string | undefined, domain: string | undefined): boolean {
  return domain === undefined || name === domainName(domain);
}

/** One more row for the part of the total that the given rows do not cover, unless that is zero. */
function rest(
  snapshot: Snapshot,
  table: SigningTable,
  rows: readonly SigningRow[],
): readonly SigningRow[] {
  const counters = subtractRows<SigningTable>(totalOf(snapshot, table), rows);
  return counters.processed > 0 ? [{ names: [OTHER], counters }] : [];
}

function titled(title: string, name: string, counters: SigningCounters): readonly string[] {
  return [`${INDENT}${title} ${printableName(name)}`, ...block(counters)];
}

function block(counters: SigningCounters): readonly string[] {
  return [
    `${INDENT}DKIM`,
    counterLine("AccumulatedSigningTime", (counters.signingTimeNs / 1e9).toFixed(4)),
    counterLine("TotalMessagesSigned", String(counters.signed)),
    counterLine("FailedSigningAttempts", String(counters.failed + counters.failedBeside)),
    counterLine("TotalMessagesProcessed", String(counters.processed)),
  ];
}

function counterLine(name: string, value: string): string {
  return `${INDENT}${INDENT}${name.padEnd(22)} ${value.padStart(9)}`;
}

function byName(a: SigningRow, b: SigningRow): number {
  return compareNames(a.names, b.names);
}
