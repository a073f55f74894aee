/**
 * The tables as data: their dimensions (the names of a row) and columns (its counters). The first column
 * counts the events. To add a counter, add it here and fill it in `statistics.ts`; everything else follows
 * this list.
 */
export interface ColumnsOf {
  readonly signing: SigningColumn;
  readonly signingByDomain: SigningColumn;
  readonly signingByBinding: SigningColumn;
  readonly signingByBindingDomain: SigningColumn;
  readonly unsigned: "messages";
  readonly unsignedByDomain: "messages";
  readonly unsignedByBinding: "messages";
  readonly unsignedByBindingDomain: "messages";
  readonly signaturesByKey: "signatures";
  readonly verification: VerificationColumn;
  readonly verificationByCode: VerificationColumn;
  readonly verificationByDomain: VerificationColumn;
  readonly verificationByAlgorithm: VerificationColumn;
  readonly verificationByKeyBits: VerificationColumn;
  readonly verificationByTesting: VerificationColumn;
  readonly verificationByAlignment: VerificationColumn;
  readonly unverifiedByDomain: "signatures";
  readonly keyLookups: "lookups";
  readonly dnsFailures: "lookups";
  readonly messages: "messages";
  readonly logins: "logins";
  readonly deliveries: DeliveryColumn;
  readonly deliveriesByDestination: DeliveryColumn;
}

/** The name of a table in a snapshot. */
export type TableName = keyof ColumnsOf;
export type ColumnName = ColumnsOf[TableName];

/**
 * All but the last three count messages. `failedBeside` counts the failed signatures of messages that another
 * key signed, which are not in `failed`.
 */
type SigningColumn =
  | "processed"
  | "signed"
  | "failed"
  | "skipped"
  | "signatures"
  | "signingTimeNs"
  | "failedBeside";
type VerificationColumn =
  | "verified"
  | "pass"
  | "fail"
  | "policy"
  | "neutral"
  | "temperror"
  | "permerror"
  | "none";
type DeliveryColumn = "attempts" | "delivered" | "deferred" | "failed" | "attemptsOfEnded";

export type Dimension =
  | "domain"
  | "binding"
  | "outcome"
  | "reason"
  | "algorithm"
  | "keyBits"
  | "result"
  | "code"
  | "testing"
  | "alignment"
  | "source"
  | "failure"
  | "frontEnd"
  | "disposition"
  | "destination";

/** The limit that applies to a kind of table. */
export type LimitName = "domains" | "bindings" | "labels";

interface TableShape<Column> {
  readonly dimensions: readonly Dimension[];
  readonly columns: readonly Column[];
}

const signing: readonly SigningColumn[] = [
  "processed",
  "signed",
  "failed",
  "skipped",
  "signatures",
  "signingTimeNs",
  // New columns go to the end, because files of earlier versions do not have them.
  "failedBeside",
];
const verification: readonly VerificationColumn[] = [
  "verified",
  "pass",
  "fail",
  "policy",
  "neutral",
  "temperror",
  "permerror",
  "none",
];
const delivery: readonly DeliveryColumn[] = [
  "attempts",
  "delivered",
  "deferred",
  "failed",
  "attemptsOfEnded",
];

export const tables: { readonly [Name in TableName]: TableShape<ColumnsOf[Name]> } = {
  signing: { dimensions: [], columns: signing },
  signingByDomain: { dimensions: ["domain"], columns: signing },
  signingByBinding: { dimensions: ["binding"], columns: signing },
  signingByBindingDomain: { dimensions: ["binding", "domain"], columns: signing },
  unsigned: { dimensions: ["outcome", "reason"], columns: ["messages"] },
  unsignedByDomain: { dimensions: ["domain", "outcome", "reason"], columns: ["messages"] },
  unsignedByBinding: { dimensions: ["binding", "outcome", "reason"], columns: ["messages"] },
  unsignedByBindingDomain: {
    dimensions: ["binding", "domain", "outcome", "reason"],
    columns: ["messages"],
  },
  signaturesByKey: { dimensions: ["algorithm", "keyBits"], columns: ["signatures"] },
  verification: { dimensions: [], columns: verification },
  verificationByCode: { dimensions: ["code"], columns: verification },
  verificationByDomain: { dimensions: ["domain"], columns: verification },
  verificationByAlgorithm: { dimensions: ["algorithm"], columns: verification },
  verificationByKeyBits: { dimensions: ["keyBits"], columns: verification },
  verificationByTesting: { dimensions: ["testing"], columns: verification },
  verificationByAlignment: { dimensions: ["alignment"], columns: verification },
  unverifiedByDomain: { dimensions: ["domain", "result", "code"], columns: ["signatures"] },
  keyLookups: { dimensions: ["source", "outcome"], columns: ["lookups"] },
  dnsFailures: { dimensions: ["failure"], columns: ["lookups"] },
  messages: { dimensions: ["frontEnd", "disposition"], columns: ["messages"] },
  logins: { dimensions: ["outcome"], columns: ["logins"] },
  deliveries: { dimensions: [], columns: delivery },
  deliveriesByDestination: { dimensions: ["destination"], columns: delivery },
};

export const tableNames: readonly TableName[] = Object.keys(tables) as TableName[];

export function limitNameOf(name: TableName): LimitName {
  const { dimensions } = tables[name];
  if (dimensions.some(isDomain)) return "domains";
  return dimensions.includes("binding") ? "bindings" : "labels";
}

export function isDomain(dimension: Dimension): boolean {
  return dimension === "domain" || dimension === "destination";
}

/** The index of each column, for `BoundedTable.add`. */
export function columnsOf<Name extends TableName>(
  name: Name,
): Readonly<Record<ColumnsOf[Name], number>> {
  const columns: readonly ColumnName[] = tables[name].columns;
  return Object.fromEntries(columns.map((column, at) => [column, at])) as Record<
    ColumnsOf[Name],
    number
  >;
}
