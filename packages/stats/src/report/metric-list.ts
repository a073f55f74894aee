import type { HistogramName } from "../snapshot/snapshot.ts";
import type { ColumnsOf, Dimension, TableName } from "../table/tables.ts";

/** A counter for each row of a table. If `columns` has several entries, the label `split` distinguishes them. */
export interface CounterMetric {
  readonly type: "counter";
  readonly name: string;
  readonly help: string;
  readonly table: TableName;
  /** The columns, whose names are the values of the label `split`. */
  readonly columns: readonly ColumnsOf[TableName][];
  readonly split?: string;
}

/** A histogram of durations, in seconds. */
export interface HistogramMetric {
  readonly type: "histogram";
  readonly name: string;
  readonly help: string;
  readonly histogram: HistogramName;
}

/** A reading of the present: of a queue, or of the statistics themselves. */
export interface GaugeMetric {
  readonly type: "gauge";
  readonly name: string;
  readonly help: string;
  readonly reading: "depth" | "oldestAgeSeconds" | "dead" | "missing" | "sinceSeconds";
}

/** A metric, and where its value is in a snapshot. */
export type MetricDescription = CounterMetric | HistogramMetric | GaugeMetric;

const outcomes = ["signed", "failed", "skipped"] as const;
const results = ["pass", "fail", "policy", "neutral", "temperror", "permerror", "none"] as const;
const deliveries = ["delivered", "deferred", "failed"] as const;

/**
 * Everything that `registerStatistics` registers.
 *
 * ```ts
 * for (const { name, type, help } of metrics) console.log(name, type, help);
 * ```
 */
export const metrics: readonly MetricDescription[] = [
  split(
    "signing_messages",
    "signing",
    "outcome",
    outcomes,
    "Messages that were to be signed, by outcome.",
  ),
  split(
    "signing_domain_messages",
    "signingByDomain",
    "outcome",
    outcomes,
    "Messages to be signed, by signing domain.",
  ),
  split(
    "signing_binding_messages",
    "signingByBinding",
    "outcome",
    outcomes,
    "Messages to be signed, by binding.",
  ),
  split(
    "signing_binding_domain_messages",
    "signingByBindingDomain",
    "outcome",
    outcomes,
    "Messages to be signed, by binding and signing domain.",
  ),
  one(
    "signing_failed_beside",
    "signing",
    "failedBeside",
    "Signatures that failed on messages that another key signed.",
  ),
  one("unsigned_messages", "unsigned", "messages", "Messages that were not signed, by reason."),
  one(
    "unsigned_domain_messages",
    "unsignedByDomain",
    "messages",
    "Messages that were not signed, by domain and reason.",
  ),
  one("signatures", "signaturesByKey", "signatures", "Signatures made, by algorithm and key size."),
  split(
    "verifications",
    "verificationByCode",
    "result",
    results,
    "Signatures verified, by result and code.",
  ),
  split(
    "verification_domain_results",
    "verificationByDomain",
    "result",
    results,
    "Signatures verified, by signing domain (d=).",
  ),
  split(
    "verification_algorithm_results",
    "verificationByAlgorithm",
    "result",
    results,
    "Signatures verified, by algorithm (a=).",
  ),
  split(
    "verification_key_bits_results",
    "verificationByKeyBits",
    "result",
    results,
    "Signatures verified, by key size in bits.",
  ),
  split(
    "verification_testing_results",
    "verificationByTesting",
    "result",
    results,
    "Signatures verified, by whether the key record has t=y.",
  ),
  split(
    "verification_alignment_results",
    "verificationByAlignment",
    "result",
    results,
    "Signatures verified, by alignment of d= with the From domain.",
  ),
  one("key_lookups", "keyLookups", "lookups", "Key lookups, by source and outcome."),
  one(
    "dns_failures",
    "dnsFailures",
    "lookups",
    "Key lookups that failed in DNS, by kind of failure.",
  ),
  one("messages", "messages", "messages", "Messages completed, by front end and disposition."),
  one("logins", "logins", "logins", "SMTP logins (AUTH), by outcome."),
  split("delivery_attempts", "deliveries", "outcome", deliveries, "Delivery attempts, by outcome."),
  split(
    "delivery_destination_attempts",
    "deliveriesByDestination",
    "outcome",
    deliveries,
    "Delivery attempts by destination.",
  ),
  timed("signing_seconds", "signing", "Time to sign a message, in seconds."),
  timed("verification_seconds", "verification", "Time to verify a message, in seconds."),
  timed(
    "key_lookup_seconds",
    "keyLookup",
    "Time of a key lookup that missed the cache, in seconds.",
  ),
  timed(
    "message_seconds",
    "message",
    "Time from a message's first byte to its disposition, in seconds.",
  ),
  timed("delivery_seconds", "delivery", "Time of a delivery attempt, in seconds."),
  gauge("queue_messages", "depth", "Messages in the queue."),
  gauge(
    "queue_oldest_age_seconds",
    "oldestAgeSeconds",
    "Age of the oldest message in the queue, in seconds.",
  ),
  gauge("queue_dead_messages", "dead", "Dead letters in the queue."),
  gauge(
    "queue_missing_messages",
    "missing",
    "Upper bound of the messages missing from a damaged queue file, until it is recovered.",
  ),
  gauge("statistics_start_time_seconds", "sinceSeconds", "Unix time of the last reset."),
];

/**
 * The names of all series, as queries use them: a histogram has `_bucket`, `_sum` and `_count`.
 *
 * ```ts
 * seriesNames.includes("mailseal_signing_seconds_bucket"); // true
 * ```
 */
export const seriesNames: readonly string[] = metrics.flatMap(({ name, type }) =>
  type === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
);

/** A dimension as a label, in the snake case of Prometheus. */
export function labelOf(dimension: Dimension): string {
  return dimension.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function one<Name extends TableName>(
  name: string,
  table: Name,
  column: ColumnsOf[Name],
  help: string,
): CounterMetric {
  return { type: "counter", name: `mailseal_${name}_total`, help, table, columns: [column] };
}

function split<Name extends TableName>(
  name: string,
  table: Name,
  label: string,
  columns: readonly ColumnsOf[Name][],
  help: string,
): CounterMetric {
  return { type: "counter", name: `mailseal_${name}_total`, help, table, columns, split: label };
}

function timed(name: string, histogram: HistogramName, help: string): HistogramMetric {
  return { type: "histogram", name: `mailseal_${name}`, help, histogram };
}

function gauge(name: string, reading: GaugeMetric["reading"], help: string): GaugeMetric {
  return { type: "gauge", name: `mailseal_${name}`, help, reading };
}
