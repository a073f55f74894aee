import fc from "fast-check";
import type { SigningEvent, Snapshot, TableName, VerificationEvent } from "../src/index.ts";
import { tables } from "../src/table/tables.ts";

export function signed(domain: string, binding = "outbound", durationNs = 1_000): SigningEvent {
  const signatures = [{ algorithm: "rsa-sha256", keyBits: 2048 }];
  return { scope: { domain, binding }, outcome: "signed", durationNs, signatures };
}

export function unsigned(
  outcome: "failed" | "skipped",
  reason: string,
  domain: string,
  binding = "outbound",
  durationNs = 100,
): SigningEvent {
  return { scope: { domain, binding }, outcome, reason, durationNs };
}

export function verified(
  result: VerificationEvent["result"],
  code: string,
  signingDomain: string,
): VerificationEvent {
  const details = { algorithm: "rsa-sha256", keyBits: 1024, alignment: "strict" } as const;
  return { result, code, signingDomain, testing: false, durationNs: 5_000, ...details };
}

/** A few names many times, so that rows are found again and folded. */
const domain = fc.integer({ min: 0, max: 11 }).map((at) => `d${at}.example`);
const binding = fc.constantFrom("a", "b", "c");

export const signingEvent: fc.Arbitrary<SigningEvent> = fc
  .tuple(domain, binding, fc.constantFrom("signed", "failed", "skipped"), fc.nat(1e9))
  .map(([name, route, outcome, durationNs]) =>
    outcome === "signed"
      ? signed(name, route, durationNs)
      : unsigned(outcome, "why", name, route, durationNs),
  );

export const verificationEvent: fc.Arbitrary<VerificationEvent> = fc
  .tuple(domain, fc.constantFrom("pass", "fail", "permerror"))
  .map(([name, result]) => verified(result, result, name));

/** The snapshot with its rows in the order of their names, for comparison. */
export function ordered(snapshot: Snapshot): unknown {
  const sorted = Object.entries(snapshot.tables).map(([name, table]) => {
    const { dimensions, columns } = tables[name as TableName];
    const rows = Array.from({ length: table.values.length / columns.length }, (_, row) => [
      ...table.names.slice(row * dimensions.length, (row + 1) * dimensions.length),
      ...table.values.slice(row * columns.length, (row + 1) * columns.length),
      table.missed[row] ?? 0,
    ]);
    const text = rows.map((row) => JSON.stringify(row)).toSorted();
    return [name, { rows: text, other: table.other, floor: table.floor }];
  });
  return { ...snapshot, tables: Object.fromEntries(sorted) };
}
