import { configSchema } from "@mailseal/config";
import { createLog, Totals } from "@mailseal/service";
import { createStatistics } from "@mailseal/stats";
import { beforeEach, describe, expect, test } from "vitest";
import type { Inventory, KeyState } from "../../src/statistics/key-inventory.ts";
import { keySeriesNames, metricsRegistry, signingDomains } from "../../src/statistics/metrics.ts";

const silent = createLog({ level: "silent", format: "json" }, process.stdout);
let totals: Totals;

beforeEach(async () => {
  totals = await Totals.open(configSchema.parse({}).statistics, silent);
});

const good: KeyState = {
  domain: "example.com",
  selector: "s1",
  type: "rsa",
  bits: 2048,
  ageSeconds: 60,
  publication: "published",
  advice: [],
};

/** The lines about keys, without comments. */
async function keyLines(inventory: { readonly latest: Inventory | undefined }): Promise<string[]> {
  const text = await metricsRegistry(totals, inventory).metrics();
  return text.split("\n").filter((line) => /^mailseal_keys?_(?!lookup)/.test(line));
}

describe("the metrics of keys", () => {
  test("are those of the last inventory", async () => {
    const of = `{domain="example.com",selector="s1"}`;
    expect(await keyLines({ latest: { checkedAtMs: 1500, keys: [good] } })).toEqual([
      `mailseal_key_published${of} 1`,
      `mailseal_key_usable${of} 1`,
      `mailseal_key_bits${of} 2048`,
      `mailseal_key_age_seconds${of} 60`,
      `mailseal_key_errors${of} 0`,
      "mailseal_keys_checked_time_seconds 1.5",
    ]);
  });

  test("leave out unknown values, and count errors only", async () => {
    const { domain, selector } = good;
    const broken: KeyState = {
      domain,
      selector,
      publication: "unknown",
      advice: [
        { level: "error", text: "This key cannot be used." },
        { level: "warning", text: "The DNS lookup failed." },
      ],
    };
    const of = `{domain="example.com",selector="s1"}`;
    expect(await keyLines({ latest: { checkedAtMs: 0, keys: [broken] } })).toEqual([
      `mailseal_key_usable${of} 0`,
      `mailseal_key_errors${of} 1`,
      "mailseal_keys_checked_time_seconds 0",
    ]);
  });

  test("have no series before the first inventory, and none for a key that is no longer used", async () => {
    const inventory: { latest: Inventory | undefined } = { latest: undefined };
    const registry = metricsRegistry(totals, inventory);
    expect(await registry.metrics()).not.toContain('selector="');
    inventory.latest = { checkedAtMs: 1, keys: [good, { ...good, selector: "s2" }] };
    expect(await registry.metrics()).toContain('selector="s2"');
    inventory.latest = { checkedAtMs: 2, keys: [good] };
    expect(await registry.metrics()).not.toContain('selector="s2"');
  });

  test("cannot be forged by the name of a domain", async () => {
    const domain = 'a"} 1\nmailseal_key_bits{domain="b';
    const lines = await keyLines({ latest: { checkedAtMs: 0, keys: [{ ...good, domain }] } });
    expect(lines).toHaveLength(6);
    expect(lines.filter((line) => line.startsWith('mailseal_key_bits{domain="b'))).toEqual([]);
  });

  test("have the names that the alert rules may use", async () => {
    const lines = await keyLines({ latest: { checkedAtMs: 0, keys: [good] } });
    expect(lines.map((line) => line.replace(/[{ ].*/, ""))).toEqual(keySeriesNames);
  });
});

test("the domains whose keys are checked are the 100 that sign most", () => {
  const statistics = createStatistics();
  for (let number = 0; number < 150; number++) {
    const times = number < 50 ? 1 : 2;
    for (let message = 0; message < times; message++) {
      const scope = { domain: `d${number}.example`, binding: "out" };
      statistics.recordSigning({ scope, outcome: "signed", durationNs: 1, signatures: [] });
    }
  }
  totals.receive({ processId: "1", sequence: 1, delta: statistics.snapshot() });
  const domains = signingDomains(totals);
  expect(domains).toHaveLength(100);
  expect(domains).toContain("d50.example");
  expect(domains).not.toContain("d49.example");
});
