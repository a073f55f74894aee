import { generateKey } from "@mailseal/crypto";
import { formatKeyRecord, keySource, staticResolver, type TxtResolver } from "@mailseal/dns-record";
import type { PolicyEvent } from "@mailseal/policy";
import { createStatistics, Histogram, rowsOf } from "@mailseal/stats";
import { expect, test } from "vitest";
import { countedKeys, countKeyLoad } from "../../src/telemetry/counted-keys.ts";

const key = generateKey({ type: "ed25519" });

function lookups(statistics: ReturnType<typeof createStatistics>): unknown {
  return rowsOf(statistics.snapshot(), "keyLookups").map(({ names, counters }) =>
    names.concat(String(counters.lookups)),
  );
}

test("public keys are counted by their source and outcome", async () => {
  const statistics = createStatistics();
  const keys = countedKeys(
    keySource(
      staticResolver(new Map([["s1._domainkey.example.com", [formatKeyRecord(key.publicKey)]]])),
    ),
    statistics,
  );
  expect((await keys.find("s1", "example.com")).status).toBe("found");
  expect((await keys.find("s1", "example.com")).status).toBe("found");
  expect((await keys.find("s2", "example.com")).status).toBe("nxdomain");
  expect(lookups(statistics)).toEqual(
    expect.arrayContaining([
      ["dns", "found", "1"],
      ["cache", "found", "1"],
      ["dns", "nxdomain", "1"],
    ]),
  );
  // An answer from the cache is counted and not timed.
  expect(Histogram.from(statistics.snapshot().histograms.keyLookup).count).toBe(2);
});

test("a lookup that fails is counted by its failure", async () => {
  const statistics = createStatistics();
  const failing: TxtResolver = {
    resolveTxt: async () => ({ status: "servfail", reason: "SERVFAIL" }),
  };
  await countedKeys(keySource(failing), statistics).find("s1", "example.com");
  expect(lookups(statistics)).toEqual([["dns", "failed", "1"]]);
  expect(rowsOf(statistics.snapshot(), "dnsFailures").map(({ names }) => names)).toEqual([
    ["servfail"],
  ]);
});

test("private keys that are looked for on the disk are counted, and no other event", () => {
  const statistics = createStatistics();
  const about = { domain: "example.com", selector: "s1", durationNs: 1000 };
  const [reason, remedy] = ["no", "none"];
  const events: readonly PolicyEvent[] = [
    { type: "key-load", ...about, answer: { status: "found", key } },
    { type: "key-load", ...about, answer: { status: "missing", reason, remedy } },
    { type: "key-load", ...about, answer: { status: "unusable", reason, remedy } },
    { type: "fault", reason, queueId: "Q1", binding: undefined, fromDomain: undefined },
  ];
  for (const event of events) countKeyLoad(statistics, event);
  expect(lookups(statistics)).toEqual(
    expect.arrayContaining([
      ["file", "found", "1"],
      ["file", "nodata", "1"],
      ["file", "failed", "1"],
    ]),
  );
  expect(lookups(statistics)).toHaveLength(3);
  expect(rowsOf(statistics.snapshot(), "dnsFailures").map(({ names }) => names)).toEqual([
    ["file-unusable"],
  ]);
});
