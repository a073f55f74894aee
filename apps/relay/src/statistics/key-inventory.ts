import type { Config } from "@mailseal/config";
import type { PrivateKey } from "@mailseal/crypto";
import {
  type KeyLookup,
  keyRecordName,
  keySource,
  lintKeyRecord,
  type TxtAnswer,
  type TxtResolver,
} from "@mailseal/dns-record";
import { findSigningKeys, type SigningKey } from "@mailseal/policy/keys";
import { RefreshingValue } from "./refreshing-value.ts";

/** A signing key, and what receivers find in DNS. */
export interface KeyState {
  readonly domain: string;
  readonly selector: string;
  /** Absent if the key cannot be loaded. */
  readonly type?: string;
  readonly bits?: number;
  /** Time since its file was last written. */
  readonly ageSeconds?: number;
  readonly publication: "published" | "not-published" | "unknown";
  /** The most severe first. May quote text from DNS. */
  readonly advice: readonly KeyAdvice[];
}

export interface KeyAdvice {
  readonly level: "error" | "warning" | "note";
  /** A finding and what to do about it. */
  readonly text: string;
}

export interface InventorySources {
  readonly config: () => Config;
  /** The domains that sign most, in addition to the configured ones. */
  readonly domains: () => readonly string[] | Promise<readonly string[]>;
  readonly resolver: (dns: Config["dns"]) => Promise<TxtResolver>;
  /** Unix time in milliseconds, for the age of files. */
  readonly now: () => number;
  /** A monotonic clock, in milliseconds. Default: `performance.now`. */
  readonly elapsedMs?: () => number;
}

export interface Inventory {
  readonly checkedAtMs: number;
  readonly keys: readonly KeyState[];
}

const maxKeys = 500;
const lookupsAtATime = 8;
/** The age at which the keys are looked up again, long enough to spare the name servers. */
const maxAgeMs = 60_000;
/** Without any keys there is nothing to look up, and the first one may be used at any moment. */
const emptyMaxAgeMs = 2000;
const rotationSeconds = 365 * 86_400;

/** The signing keys with their records, looked up in DNS again when somebody reads them and they are too old. */
export class KeyInventory extends RefreshingValue<Inventory> {
  constructor(sources: InventorySources) {
    const { elapsedMs } = sources;
    super({
      make: () => lookUpKeys(sources),
      maxAgeMs: ({ keys }) => (keys.length === 0 ? emptyMaxAgeMs : maxAgeMs),
      ...(elapsedMs === undefined ? {} : { elapsedMs }),
    });
  }
}

async function lookUpKeys({
  config,
  domains,
  resolver,
  now,
}: InventorySources): Promise<Inventory> {
  const current = config();
  const keys = await findSigningKeys(current, await domains(), maxKeys);
  const ask = await resolver(current.dns);
  const states: KeyState[] = [];
  const waiting = keys.entries();
  const lookUpSome = async (): Promise<void> => {
    // The iterator is shared, so that each key is looked up once.
    for (const [at, key] of waiting) {
      states[at] = await stateOf(key, ask, now());
    }
  };
  await Promise.all(Array.from({ length: lookupsAtATime }, lookUpSome));
  return { checkedAtMs: now(), keys: states };
}

async function stateOf(key: SigningKey, resolver: TxtResolver, nowMs: number): Promise<KeyState> {
  const { domain, selector, answer, writtenAtMs } = key;
  const record = await resolver.resolveTxt(keyRecordName(selector, domain)).catch(failed);
  const lookup = await keySource({ resolveTxt: () => Promise.resolve(record) }).find(
    selector,
    domain,
  );
  const ownKey = answer.status === "found" ? answer.key : undefined;
  const publication = publicationOf(lookup, ownKey);
  const ageSeconds =
    writtenAtMs === undefined ? undefined : Math.max(0, Math.round((nowMs - writtenAtMs) / 1000));
  const advice: KeyAdvice[] = [
    ...(answer.status === "found" ? [] : [error(`This key cannot be used: ${answer.reason}.`)]),
    ...publicationAdvice(publication, lookup, ownKey),
    ...(record.status === "found"
      ? lintKeyRecord(record.records).map(({ level, message, advice: todo }) => ({
          level,
          text: `${message} ${todo}`,
        }))
      : []),
    ...ageAdvice(ageSeconds),
  ];
  const order = ["error", "warning", "note"];
  return {
    domain,
    selector,
    publication,
    ...(ownKey === undefined ? {} : { type: ownKey.type, bits: ownKey.bits }),
    ...(ageSeconds === undefined ? {} : { ageSeconds }),
    advice: advice.toSorted((a, b) => order.indexOf(a.level) - order.indexOf(b.level)),
  };
}

function publicationOf(lookup: KeyLookup, ownKey: PrivateKey | undefined): KeyState["publication"] {
  switch (lookup.status) {
    case "found": {
      const matches = lookup.candidates.some(
        (candidate) =>
          candidate.ok &&
          candidate.publicKey !== undefined &&
          candidate.publicKey.type === ownKey?.type &&
          candidate.publicKey.equals(ownKey.publicKey),
      );
      return ownKey === undefined ? "unknown" : matches ? "published" : "not-published";
    }
    case "nxdomain":
    case "nodata":
      return "not-published";
    default:
      return "unknown";
  }
}

function publicationAdvice(
  publication: KeyState["publication"],
  lookup: KeyLookup,
  ownKey: PrivateKey | undefined,
): readonly KeyAdvice[] {
  if (publication === "not-published") {
    return [
      lookup.status === "found"
        ? error(
            "DNS publishes another key at this name. Publish the key that signs, or sign with the published one.",
          )
        : error(
            "DNS has no record at this name. Publish the key: until then, no receiver can verify its signatures.",
          ),
    ];
  }
  return publication === "unknown" && ownKey !== undefined && "reason" in lookup
    ? [{ level: "warning", text: `The DNS lookup failed: ${lookup.reason}.` }]
    : [];
}

function ageAdvice(ageSeconds: number | undefined): readonly KeyAdvice[] {
  return ageSeconds !== undefined && ageSeconds > rotationSeconds
    ? [
        {
          level: "note",
          text: "This key is more than a year old. Rotate it with mailseal rotate start.",
        },
      ]
    : [];
}

function error(text: string): KeyAdvice {
  return { level: "error", text };
}

function failed(cause: unknown): TxtAnswer {
  return { status: "error", reason: cause instanceof Error ? cause.message : String(cause) };
}
