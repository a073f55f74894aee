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

/** A signing key, and what receivers find of it. */
export interface KeyState {
  readonly domain: string;
  readonly selector: string;
  /** Absent for a key that cannot be used here. */
  readonly type?: string;
  readonly bits?: number;
  /** Since its file was written last. */
  readonly ageSeconds?: number;
  readonly publication: "published" | "not-published" | "unknown";
  /** Each one sentence or two: what is, and what to do. The worst first. May quote DNS. */
  readonly advice: readonly KeyAdvice[];
}

export interface KeyAdvice {
  readonly level: "error" | "warning" | "note";
  readonly text: string;
}

export interface InventorySources {
  readonly config: () => Config;
  /** Domains that signed, for those that sign by a pattern. */
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
/** How old it may be before it is made anew; long enough that nobody's DNS is in want of breath. */
const maxAgeMs = 60_000;
/** Without a key nothing is looked up, and the first one may be used at any moment. */
const emptyMaxAgeMs = 2000;
const rotationSeconds = 365 * 86_400;

/** The signing keys, looked up in DNS now and then while somebody asks. */
export class KeyInventory extends RefreshingValue<Inventory> {
  constructor(sources: InventorySources) {
    const { elapsedMs } = sources;
    super({
      make: () => looked(sources),
      maxAgeMs: ({ keys }) => (keys.length === 0 ? emptyMaxAgeMs : maxAgeMs),
      ...(elapsedMs === undefined ? {} : { elapsedMs }),
    });
  }
}

async function looked({ config, domains, resolver, now }: InventorySources): Promise<Inventory> {
  const current = config();
  const keys = await findSigningKeys(current, await domains(), maxKeys);
  const ask = await resolver(current.dns);
  const states: KeyState[] = [];
  const waiting = keys.entries();
  const lookUpSome = async (): Promise<void> => {
    // The iterator is shared: each takes the next one that nobody took.
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
    ...(answer.status === "found" ? [] : [error(`It cannot be used: ${answer.reason}.`)]),
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
        ? error("DNS has another key at this name. Publish the one that signs, or sign with that.")
        : error("DNS has no record at this name. Publish it: until then no receiver can verify."),
    ];
  }
  return publication === "unknown" && ownKey !== undefined && "reason" in lookup
    ? [{ level: "warning", text: `DNS did not tell: ${lookup.reason}.` }]
    : [];
}

function ageAdvice(ageSeconds: number | undefined): readonly KeyAdvice[] {
  return ageSeconds !== undefined && ageSeconds > rotationSeconds
    ? [
        {
          level: "note",
          text: "It is over a year old. Make a new key with a new selector, publish it, then sign with it.",
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
