import { createStatistics, type Statistics } from "@mailseal/stats";
import { registerStatistics } from "@mailseal/stats/prometheus";
import { Registry } from "prom-client";
import {
  type Measurement,
  median,
  type Suite,
  timeOf,
  withinLimit,
} from "../measuring/measurement.ts";

/** The most that recording one event may cost, per scope. */
const BUDGET_NS = 1_000;
/** Global, domain, binding, domain of the binding. */
const SIGNING_SCOPES = 4;
/** Global and domain. */
const VERIFICATION_SCOPES = 2;
const SCRAPE_BUDGET_MS = 50;

const domains = Array.from({ length: 1_000 }, (_, at) => `domain${at}.example.com`);
const signatures = [{ algorithm: "rsa-sha256", keyBits: 2048 }];

export const statsSuite: Suite = {
  name: "stats",
  description:
    "time to record one event, per scope it is counted in; time to export metrics of 100,000 domains",
  async run({ quick }) {
    const events = quick ? 20_000 : 300_000;
    const rounds = quick ? 3 : 9;
    const known = createStatistics();
    const flooded = createStatistics();
    let unseen = 0;
    return [
      recording("signing, 1,000 domains", SIGNING_SCOPES, events, rounds, (at) =>
        recordSigning(known, domains[at % domains.length] ?? ""),
      ),
      recording("signing, a new domain each time", SIGNING_SCOPES, events, rounds, () => {
        unseen += 1;
        recordSigning(flooded, `new${unseen}.example.com`);
      }),
      recording("verification, 1,000 domains", VERIFICATION_SCOPES, events, rounds, (at) =>
        recordVerification(known, domains[at % domains.length] ?? ""),
      ),
      await scraping(quick ? 1_000 : 100_000, rounds),
    ];
  },
};

function recording(
  name: string,
  scopes: number,
  events: number,
  rounds: number,
  record: (at: number) => void,
): Measurement {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    // Processor time, so that other processes on the machine do not count.
    const start = process.cpuUsage();
    for (let at = 0; at < events; at += 1) record(at);
    const { user, system } = process.cpuUsage(start);
    times.push(((user + system) * 1e3) / events / scopes);
  }
  return withinLimit(name, median(times), BUDGET_NS, "ns");
}

async function scraping(count: number, rounds: number): Promise<Measurement> {
  const statistics = createStatistics({ maxDomains: 100_000 });
  for (let at = 0; at < count; at += 1) {
    recordSigning(statistics, `domain${at}.example.com`);
    recordVerification(statistics, `domain${at}.example.com`);
  }
  const registry = new Registry();
  registerStatistics(registry, (top) => statistics.snapshot(top));
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    times.push(await timeOf(() => registry.metrics()));
  }
  const name = `export ${count.toLocaleString("en")} domains`;
  return withinLimit(name, median(times), SCRAPE_BUDGET_MS, "ms");
}

function recordSigning(statistics: Statistics, domain: string): void {
  const scope = { domain, binding: "outbound" };
  statistics.recordSigning({ scope, outcome: "signed", durationNs: 50_000, signatures });
}

function recordVerification(statistics: Statistics, signingDomain: string): void {
  statistics.recordVerification({
    result: "pass",
    code: "pass",
    signingDomain,
    algorithm: "rsa-sha256",
    keyBits: 2048,
    testing: false,
    alignment: "strict",
    durationNs: 50_000,
  });
}
