import fc from "fast-check";
import { expect, test } from "vitest";
import {
  Aggregator,
  createStatistics,
  Histogram,
  mergeSnapshots,
  otherOf,
  parseSnapshot,
  reportOf,
  rowsOf,
  type Snapshot,
  type TableName,
  totalOf,
} from "../src/index.ts";
import { tableNames } from "../src/table/tables.ts";
import { ordered, signed, signingEvent, unsigned, verified } from "./events.ts";

/** Rows as "names: counters that are not 0". */
function lines(snapshot: Snapshot, name: TableName): readonly string[] {
  return rowsOf(snapshot, name).map(({ names, counters }) => {
    const counted = Object.entries(counters).filter(([, count]) => count !== 0);
    return `${names.join("/")}: ${counted.map(([column, count]) => `${column} ${count}`).join(", ")}`;
  });
}

test("a signing event counts in its four scopes", () => {
  const statistics = createStatistics();
  statistics.recordSigning(signed("a.example", "out", 2_000));
  statistics.recordSigning(signed("a.example", "bulk", 3_000.4));
  statistics.recordSigning(unsigned("failed", "key-missing", "b.example", "out"));
  statistics.recordSigning(unsigned("skipped", "not-ours", "b.example", "out"));
  statistics.recordSigning({ scope: {}, outcome: "skipped", reason: "no-from", durationNs: -1 });
  const snapshot = statistics.snapshot();

  expect(lines(snapshot, "signing")).toEqual([
    ": processed 5, signed 2, failed 1, skipped 2, signatures 2, signingTimeNs 5200",
  ]);
  expect(lines(snapshot, "signingByDomain")).toEqual([
    "a.example: processed 2, signed 2, signatures 2, signingTimeNs 5000",
    "b.example: processed 2, failed 1, skipped 1, signingTimeNs 200",
  ]);
  expect(lines(snapshot, "signingByBinding")).toEqual([
    "out: processed 3, signed 1, failed 1, skipped 1, signatures 1, signingTimeNs 2200",
    "bulk: processed 1, signed 1, signatures 1, signingTimeNs 3000",
  ]);
  expect(lines(snapshot, "signingByBindingDomain")).toEqual([
    "out/b.example: processed 2, failed 1, skipped 1, signingTimeNs 200",
    "bulk/a.example: processed 1, signed 1, signatures 1, signingTimeNs 3000",
    "out/a.example: processed 1, signed 1, signatures 1, signingTimeNs 2000",
  ]);
  expect(lines(snapshot, "unsigned")).toEqual([
    "failed/key-missing: messages 1",
    "skipped/no-from: messages 1",
    "skipped/not-ours: messages 1",
  ]);
  expect(lines(snapshot, "unsignedByBindingDomain")).toEqual([
    "out/b.example/failed/key-missing: messages 1",
    "out/b.example/skipped/not-ours: messages 1",
  ]);
  expect(lines(snapshot, "signaturesByKey")).toEqual(["rsa-sha256/2048: signatures 2"]);
  expect(Histogram.from(snapshot.histograms.signing).count).toBe(5);
});

test("a verification counts by code, domain, algorithm, key size, testing flag and alignment", () => {
  const statistics = createStatistics();
  statistics.recordVerification(verified("pass", "pass", "a.example"));
  statistics.recordVerification({
    ...verified("fail", "body-hash-mismatch", "a.example"),
    testing: true,
  });
  statistics.recordVerification({ result: "none", code: "none", testing: false });
  const snapshot = statistics.snapshot();

  expect(lines(snapshot, "verification")).toEqual([": verified 3, pass 1, fail 1, none 1"]);
  expect(lines(snapshot, "verificationByCode")).toEqual([
    "body-hash-mismatch: verified 1, fail 1",
    "none: verified 1, none 1",
    "pass: verified 1, pass 1",
  ]);
  const both = "verified 2, pass 1, fail 1";
  expect(lines(snapshot, "verificationByDomain")).toEqual([`a.example: ${both}`]);
  expect(lines(snapshot, "verificationByAlgorithm")).toEqual([`rsa-sha256: ${both}`]);
  expect(lines(snapshot, "verificationByKeyBits")).toEqual([`1024: ${both}`]);
  expect(lines(snapshot, "verificationByAlignment")).toEqual([`strict: ${both}`]);
  expect(lines(snapshot, "verificationByTesting")).toEqual([
    "no: verified 2, pass 1, none 1",
    "yes: verified 1, fail 1",
  ]);
  expect(lines(snapshot, "unverifiedByDomain")).toEqual([
    "a.example/fail/body-hash-mismatch: signatures 1",
  ]);
  expect(Histogram.from(snapshot.histograms.verification).count).toBe(2);
});

test("key lookups, messages, deliveries and queues", () => {
  const statistics = createStatistics({ now: () => 77 });
  statistics.recordKeyLookup({ source: "cache", outcome: "found", durationNs: 10 });
  statistics.recordKeyLookup({ source: "dns", outcome: "nxdomain", durationNs: 3e6 });
  statistics.recordKeyLookup({
    source: "dns",
    outcome: "failed",
    failure: "timeout",
    durationNs: 5e9,
  });
  statistics.recordMessage({ frontEnd: "smtp", disposition: "accepted", durationNs: 9e6 });
  const destination = "mx.example";
  for (const [at, outcome] of (["deferred", "deferred", "delivered"] as const).entries()) {
    statistics.recordDelivery({ destination, outcome, attempts: at + 1, durationNs: 1e6 });
  }
  statistics.recordQueue({ queue: "out", depth: 3, oldestAgeMs: 400 });
  const snapshot = statistics.snapshot();

  expect(lines(snapshot, "keyLookups")).toEqual([
    "cache/found: lookups 1",
    "dns/failed: lookups 1",
    "dns/nxdomain: lookups 1",
  ]);
  expect(lines(snapshot, "dnsFailures")).toEqual(["timeout: lookups 1"]);
  expect(Histogram.from(snapshot.histograms.keyLookup).count).toBe(2);
  expect(lines(snapshot, "messages")).toEqual(["smtp/accepted: messages 1"]);
  expect(lines(snapshot, "deliveriesByDestination")).toEqual([
    "mx.example: attempts 3, delivered 1, deferred 2, attemptsOfEnded 3",
  ]);
  expect(snapshot.queues).toEqual([{ queue: "out", depth: 3, oldestAgeMs: 400, atMs: 77 }]);
  const { times, tables } = reportOf(snapshot);
  expect(times.message).toMatchObject({ count: 1, sumNs: 9e6 });
  expect(times.signing).toEqual({ count: 0, sumNs: 0 });
  expect(tables.deliveries.total).toMatchObject({ attempts: 3 });
});

test("level global keeps no scope, level off nothing", () => {
  const scoped = tableNames.filter((name) => /By(?:Domain|Binding|Destination)/.test(name));
  for (const level of ["global", "off"] as const) {
    const statistics = createStatistics({ level });
    statistics.recordSigning(signed("a.example"));
    statistics.recordSigning(unsigned("failed", "why", "a.example"));
    statistics.recordVerification(verified("fail", "expired", "a.example"));
    statistics.recordDelivery({
      destination: "a.example",
      outcome: "failed",
      attempts: 1,
      durationNs: 1,
    });
    const snapshot = statistics.snapshot();
    for (const name of scoped) expect(snapshot.tables[name].names).toEqual([]);
    expect(totalOf(snapshot, "signing").processed).toBe(level === "off" ? 0 : 2);
    expect(JSON.stringify(snapshot)).not.toContain("a.example");
    expect(statistics.takeDelta() === undefined).toBe(level === "off");
  }
});

test("deltas add up to everything", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(signingEvent, fc.boolean())), (events) => {
      const whole = createStatistics({ now: () => 1 });
      const parts = createStatistics({ now: () => 1 });
      const deltas: Snapshot[] = [];
      for (const [event, takes] of events) {
        whole.recordSigning(event);
        parts.recordSigning(event);
        const delta = takes ? parts.takeDelta() : undefined;
        if (delta !== undefined) deltas.push(delta);
      }
      const merged = mergeSnapshots(...deltas, parts.snapshot());
      expect(ordered(merged)).toEqual(ordered(whole.snapshot()));
    }),
  );
});

test("numbers that are none count as 0, and the snapshot stays one", () => {
  const statistics = createStatistics({ now: () => 1 });
  for (const none of [Number.NaN, -1, Infinity]) {
    statistics.recordSigning(signed("a.example", "out", none));
    const outcome = "failed";
    statistics.recordDelivery({ destination: "b", outcome, attempts: none, durationNs: none });
    statistics.recordQueue({ queue: "out", depth: none, oldestAgeMs: none });
  }
  const snapshot = statistics.snapshot();
  expect(parseSnapshot(JSON.parse(JSON.stringify(snapshot)))).toEqual(snapshot);
  expect(totalOf(snapshot, "signing")).toMatchObject({ processed: 3, signingTimeNs: 0 });
  expect(totalOf(snapshot, "deliveries")).toMatchObject({ failed: 3, attemptsOfEnded: 0 });
});

test("there is no delta if nothing happened", () => {
  const statistics = createStatistics();
  expect(statistics.takeDelta()).toBeUndefined();
  statistics.recordSigning(signed("a.example"));
  expect(statistics.takeDelta()).toBeDefined();
  expect(statistics.takeDelta()).toBeUndefined();
});

test("the top of a table, and the sum of the rest", () => {
  const statistics = createStatistics();
  for (const [domain, times] of [
    ["a", 3],
    ["b", 1],
    ["c", 2],
  ] as const) {
    for (let at = 0; at < times; at += 1) statistics.recordSigning(signed(domain));
  }
  const snapshot = statistics.snapshot();
  const top = rowsOf(snapshot, "signingByDomain", 2).map(({ names }) => names[0]);
  expect(top).toEqual(["a", "c"]);
  expect(otherOf(snapshot, "signingByDomain", 2).processed).toBe(1);
  expect(otherOf(statistics.snapshot(1), "signingByDomain").processed).toBe(3);
});

test.each([
  [{ maxDomains: 1 }, "maxDomains"],
  [{ maxBindings: 2.5 }, "maxBindings"],
  [{ level: "some" as "all" }, 'level: expected one of "all", "global", "off", got "some"'],
])("%j is refused", (options, message) => {
  expect(() => createStatistics(options)).toThrow(
    expect.objectContaining({ code: "invalid-option", message: expect.stringContaining(message) }),
  );
});

test("the latest reading of a queue is the latest, though the clock was set back meanwhile", () => {
  let ahead = 0;
  let elapsed = 1_000_000;
  const clocks = { now: () => elapsed + ahead, steadyNow: () => elapsed };
  const statistics = createStatistics(clocks);
  const totals = new Aggregator();
  let sequence = 0;
  for (const depth of [7, 3]) {
    statistics.recordQueue({ queue: "out", depth, oldestAgeMs: 0 });
    const delta = statistics.takeDelta();
    sequence += 1;
    if (delta !== undefined) totals.receive({ processId: "p", epoch: 0, sequence, delta });
    ahead = -3_600_000;
    elapsed += 1000;
  }
  expect(totals.snapshot().queues).toMatchObject([{ queue: "out", depth: 3 }]);
});
