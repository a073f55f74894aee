import type { TxtResolver } from "@mailseal/dns-record";
import type { FindZoneServers } from "./name-servers.ts";
import { comparePublished, type ExpectedKey, type Publication } from "./published-key.ts";

/** What DNS returned for one key in one round. */
export interface Sighting {
  readonly key: ExpectedKey;
  /** The answer of the resolver, which is that of the relay. */
  readonly seen: Publication;
  /** The answer of the zone's own servers, if it differs and if they are known. */
  readonly atZone?: { readonly zone: string; readonly seen: Publication };
  /** Until when the resolver repeats a negative answer from its cache, Unix milliseconds. */
  readonly cachedUntilMs?: number;
}

export interface WatchOptions {
  readonly resolver: TxtResolver;
  readonly findZoneServers: FindZoneServers;
  /** Called after each round. */
  readonly onRound: (sightings: readonly Sighting[]) => void;
  /** The time until which to watch, Unix milliseconds. At least one round is made. */
  readonly untilMs: number;
  readonly nowMs: () => number;
  /** Waits between rounds; rejects or resolves early to stop. Resolves to false to stop. */
  readonly wait: (ms: number) => Promise<boolean>;
}

const firstPauseMs = 2000;
const longestPauseMs = 30_000;

/** Asks DNS again and again until it publishes every key, or the time is over. Resolves to the last round. */
export async function watchKeys(
  keys: readonly ExpectedKey[],
  options: WatchOptions,
): Promise<readonly Sighting[]> {
  const { onRound, untilMs, nowMs, wait } = options;
  let pauseMs = firstPauseMs;
  for (;;) {
    const sightings = await Promise.all(keys.map((key) => look(key, options)));
    onRound(sightings);
    if (sightings.every(({ seen }) => seen.state === "published")) return sightings;
    const leftMs = untilMs - nowMs();
    if (leftMs <= 0) return sightings;
    if (!(await wait(Math.min(pauseMs, leftMs)))) return sightings;
    pauseMs = Math.min(longestPauseMs, pauseMs * 1.5);
  }
}

/** One look at a key: through the resolver, and at its zone if the resolver does not have it. */
export async function look(
  key: ExpectedKey,
  {
    resolver,
    findZoneServers,
    nowMs,
  }: Pick<WatchOptions, "resolver" | "findZoneServers" | "nowMs">,
): Promise<Sighting> {
  const name = `${key.selector}._domainkey.${key.domain}`;
  const seen = await comparePublished(await resolver.resolveTxt(name), key);
  if (seen.state === "published") return { key, seen };
  const servers = await findZoneServers(key.domain);
  const own = servers && (await comparePublished(await servers.resolver.resolveTxt(name), key));
  const differs = own !== undefined && own.state !== "failed" && own.state !== seen.state;
  const isCached = differs && seen.state === "absent" && seen.ttlSeconds !== undefined;
  return {
    key,
    seen,
    ...(differs ? { atZone: { zone: servers?.zone ?? key.domain, seen: own } } : {}),
    ...(isCached ? { cachedUntilMs: nowMs() + (seen.ttlSeconds ?? 0) * 1000 } : {}),
  };
}
