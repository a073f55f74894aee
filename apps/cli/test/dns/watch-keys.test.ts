import { generateKey } from "@mailseal/crypto";
import { formatKeyRecord, type TxtAnswer, type TxtResolver } from "@mailseal/dns-record";
import { expect, test } from "vitest";
import { sightingText } from "../../src/dns/sighting-text.ts";
import { type Sighting, watchKeys, type WatchOptions } from "../../src/dns/watch-keys.ts";

const { publicKey } = generateKey({ type: "ed25519" });
const record = formatKeyRecord(publicKey);
const key = { domain: "example.com", selector: "mail2026", publicKey, record };
const published: TxtAnswer = { status: "found", records: [record] };
const start = new Date(2026, 10, 27, 18, 40, 0).getTime();

/** Answers in this order; the last one again and again. */
function scripted(...answers: readonly TxtAnswer[]): TxtResolver {
  let asked = 0;
  return {
    resolveTxt: () => {
      const answer = answers[Math.min(asked, answers.length - 1)];
      asked++;
      return Promise.resolve(answer ?? { status: "nxdomain" });
    },
  };
}

/** Time passes only while the watch waits. */
async function watched(
  options: Pick<WatchOptions, "resolver"> & Partial<WatchOptions> & { readonly limitMs?: number },
): Promise<{
  readonly rounds: readonly (readonly Sighting[])[];
  readonly waits: readonly number[];
}> {
  const rounds: (readonly Sighting[])[] = [];
  const waits: number[] = [];
  let now = start;
  await watchKeys([key], {
    findZoneServers: () => Promise.resolve(undefined),
    onRound: (sightings) => void rounds.push(sightings),
    untilMs: start + (options.limitMs ?? 3_600_000),
    nowMs: () => now,
    wait: (ms) => {
      now += ms;
      waits.push(ms);
      return Promise.resolve(true);
    },
    ...options,
  });
  return { rounds, waits };
}

test("the watch ends as soon as the key is published", async () => {
  const resolver = scripted({ status: "nxdomain" }, { status: "nxdomain" }, published);
  const { rounds } = await watched({ resolver });
  expect(rounds.map(([sighting]) => sighting?.seen.state)).toEqual([
    "absent",
    "absent",
    "published",
  ]);
});

test("it asks at once, then more and more slowly, and not after its time", async () => {
  const { rounds, waits } = await watched({
    resolver: scripted({ status: "nxdomain" }),
    limitMs: 120_000,
  });
  expect(waits[0]).toBe(2000);
  expect(Math.max(...waits)).toBeLessThanOrEqual(30_000);
  expect(waits.reduce((sum, ms) => sum + ms, 0)).toBe(120_000);
  expect(rounds).toHaveLength(waits.length + 1);
});

test("it ends when it is stopped", async () => {
  const { rounds } = await watched({
    resolver: scripted({ status: "nxdomain" }),
    wait: () => Promise.resolve(false),
  });
  expect(rounds).toHaveLength(1);
});

test("a cached negative answer is reported with the time at which it ends", async () => {
  const { rounds } = await watched({
    resolver: scripted({ status: "nxdomain", ttlSeconds: 610 }, published),
    findZoneServers: () => Promise.resolve({ zone: "example.com", resolver: scripted(published) }),
  });
  const [sighting] = rounds[0] ?? [];
  expect(sighting && sightingText(sighting)).toBe(
    "mail2026._domainkey.example.com: published by the name servers of example.com; your resolver still answers from its cache that there is nothing, until 18:50:10",
  );
});

test("an old record in a cache is reported as such", async () => {
  const { rounds } = await watched({
    resolver: scripted({ status: "found", records: ["v=DKIM1; p="] }, published),
    findZoneServers: () => Promise.resolve({ zone: "example.com", resolver: scripted(published) }),
  });
  const [sighting] = rounds[0] ?? [];
  expect(sighting && sightingText(sighting)).toMatch(
    /^mail2026\._domainkey\.example\.com: published by the name servers of example\.com; your resolver still has an older answer in its cache \(the record of a revoked key/,
  );
});

test("the zone's own servers have the last word on what is wrong", async () => {
  const { rounds } = await watched({
    resolver: scripted({ status: "nxdomain" }, published),
    findZoneServers: () =>
      Promise.resolve({
        zone: "example.com",
        resolver: scripted({ status: "found", records: ["v=DKIM1; p="] }),
      }),
  });
  const [sighting] = rounds[0] ?? [];
  expect(sighting && sightingText(sighting)).toMatch(/: the record of a revoked key/);
});

test.each([
  [{ status: "nxdomain" }, "nothing yet"],
  [{ status: "nodata" }, "nothing yet (the name exists, but has no TXT record)"],
  [
    { status: "timeout", reason: "no response within 5000 ms" },
    "DNS does not answer (no response within 5000 ms); it is asked again",
  ],
  [published, "published"],
] as const)("%j is described", async (answer, text) => {
  const { rounds } = await watched({ resolver: scripted(answer), limitMs: 0 });
  const [sighting] = rounds[0] ?? [];
  expect(sighting && sightingText(sighting)).toBe(`mail2026._domainkey.example.com: ${text}`);
});
