import type { HistogramName } from "../snapshot/snapshot.ts";
import type { ColumnsOf, Dimension, TableName } from "../table/tables.ts";

/** A counter of each row of a table; where `columns` has several, the label `split` tells them apart. */
export interface CounterMetric {
  readonly type: "counter";
  readonly name: string;
  readonly help: string;
  readonly table: TableName;
  /** What the columns are called as values of `split`. */
  readonly columns: readonly ColumnsOf[TableName][];
  readonly split?: string;
}

interface HistogramMetric {
  readonly type: "histogram";
  readonly name: string;
  readonly help: string;
  readonly histogram: HistogramName;
}

export interface GaugeMetric {
  readonly type: "gauge";
  readonly name: string;
  readonly help: string;
  readonly reading: "depth" | "oldestAgeSeconds" | "dead" | "missing" | "sinceSeconds";
}

export type MetricDescription = CounterMetric | HistogramMetric | GaugeMetric;

const outcomes = ["signed", "failed", "skipped"] as const;
const results = ["pass", "fail", "policy", "neutral", "temperror", "permerror", "none"] as const;
const deliveries = ["delivered", "deferred", "failed"] as const;

/** Everything that `registerStatistics` registers. */
export const metrics: readonly MetricDescription[] = [
  split("signing_messages", "signing", "outcome", outcomes, "Messages that came to be signed."),
  split("signing_domain_messages", "signingByDomain", "outcome", outcomes, "By signing domain."),
  split("signing_binding_messages", "signingByBinding", "outcome", outcomes, "By binding."),
  split(
    "signing_binding_domain_messages",
    "signingByBindingDomain",
    "outcome",
    outcomes,
    "By binding and signing domain.",
  ),
  one(
    "signing_failed_beside",
    "signing",
    "failedBeside",
    "Signatures that could not be made of messages that have others.",
  ),
  one("unsigned_messages", "unsigned", "messages", "Messages not signed, and why."),
  one("unsigned_domain_messages", "unsignedByDomain", "messages", "Not signed, by domain."),
  one("signatures", "signaturesByKey", "signatures", "Signatures made."),
  split("verifications", "verificationByCode", "result", results, "Signatures verified."),
  split("verification_domain_results", "verificationByDomain", "result", results, "By d=."),
  split("verification_algorithm_results", "verificationByAlgorithm", "result", results, "By a=."),
  split(
    "verification_key_bits_results",
    "verificationByKeyBits",
    "result",
    results,
    "By key size.",
  ),
  split(
    "verification_testing_results",
    "verificationByTesting",
    "result",
    results,
    "By key's t=y.",
  ),
  split(
    "verification_alignment_results",
    "verificationByAlignment",
    "result",
    results,
    "By alignment of d= with From.",
  ),
  one("key_lookups", "keyLookups", "lookups", "Keys asked for, by who answered."),
  one("dns_failures", "dnsFailures", "lookups", "Key lookups that DNS failed."),
  one("messages", "messages", "messages", "Messages that went all the way."),
  one("logins", "logins", "logins", "Logins (AUTH), by what became of them."),
  split("delivery_attempts", "deliveries", "outcome", deliveries, "Delivery attempts."),
  split(
    "delivery_destination_attempts",
    "deliveriesByDestination",
    "outcome",
    deliveries,
    "Delivery attempts by destination.",
  ),
  timed("signing_seconds", "signing", "Time to sign a message."),
  timed("verification_seconds", "verification", "Time to verify a message."),
  timed("key_lookup_seconds", "keyLookup", "Time of a key lookup that the cache did not answer."),
  timed("message_seconds", "message", "Time of a message from end to end."),
  timed("delivery_seconds", "delivery", "Time of a delivery attempt."),
  gauge("queue_messages", "depth", "Messages in the queue."),
  gauge("queue_oldest_age_seconds", "oldestAgeSeconds", "Age of the oldest message in the queue."),
  gauge("queue_dead_messages", "dead", "Dead letters in the queue."),
  gauge(
    "queue_missing_messages",
    "missing",
    "Messages that went missing from the queue's file, at most, until it is recovered.",
  ),
  gauge("statistics_start_time_seconds", "sinceSeconds", "Unix time of the last reset."),
];

/** The names of all series, as queries use them: of a histogram its `_bucket`, `_sum` and `_count`. */
export const seriesNames: readonly string[] = metrics.flatMap(({ name, type }) =>
  type === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
);

/** A dimension as a label: snake case, as Prometheus has it. */
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
