import { stat } from "node:fs/promises";
import { type Config, signingSettings } from "@mailseal/config";
import { systemClock } from "../pipeline/clock.ts";
import { configuredKeys } from "../signing/configured-keys.ts";
import { configuredSignatures } from "../signing/configured-signature.ts";
import { SignerCache } from "../signing/signer-cache.ts";
import { findKeys } from "../signing/usable-signature.ts";
import type { KeyAnswer } from "./key-answer.ts";
import { KeyDatabase, type KeyRow } from "./key-database.ts";
import type { KeyRequest } from "./key-request.ts";
import { KeyStore } from "./key-store.ts";
import { loadKey } from "./load-key.ts";

/** A key that the config uses for signing. */
export interface SigningKey {
  readonly domain: string;
  readonly selector: string;
  readonly answer: KeyAnswer;
  /** Its file; absent for a key in the config itself. */
  readonly file?: string;
  /** When its file was last written, Unix milliseconds; absent for a key in the config itself. */
  readonly writtenAtMs?: number;
}

/**
 * Loads the keys of all domains that the config or the key database names, and of `others`: domains that a pattern
 * matches are known only from their mail. At most `limit` keys. Rejects with a `PolicyError` "key-database" if the
 * key database cannot be used.
 *
 * ```ts
 * for (const { domain, selector, answer } of await findSigningKeys(config, [], 500)) {
 *   console.log(domain, selector, answer.status === "found" ? answer.key.type : answer.reason);
 * }
 * ```
 */
export async function findSigningKeys(
  config: Config,
  others: Iterable<string>,
  limit: number,
): Promise<readonly SigningKey[]> {
  const { database: path } = config.keys;
  const database = path === undefined ? undefined : new KeyDatabase(path);
  try {
    const found: SigningKey[] = [];
    for (const request of distinct(configuredKeys(config, database, others), limit)) {
      // One at a time: the page can wait, signing should not.
      found.push(await signingKey(request, config));
    }
    return found;
  } finally {
    database?.close();
  }
}

function distinct(requests: Iterable<KeyRequest>, limit: number): Iterable<KeyRequest> {
  const byName = new Map<string, KeyRequest>();
  for (const request of requests) {
    byName.set(JSON.stringify([request.domain, request.selector, request.id]), request);
    if (byName.size >= limit) break;
  }
  return byName.values();
}

async function signingKey(request: KeyRequest, { keys }: Config): Promise<SigningKey> {
  const { domain, selector, place } = request;
  // A warning about its permissions is logged when the key is used.
  const answer = await loadKey(request, keys, () => undefined);
  if (place.kind !== "file") return { domain, selector, answer };
  const { path: file } = place;
  const writtenAtMs = await modificationTime(file);
  return { domain, selector, answer, file, ...(writtenAtMs === undefined ? {} : { writtenAtMs }) };
}

async function modificationTime(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs;
  } catch {
    return undefined;
  }
}

/**
 * Checks a row of the key database: whether this process can read the key, and whether the key fits the options that
 * the config has for the domain. Nothing is cached.
 *
 * ```ts
 * const answer = await checkKey(config, { domain: "example.com", selector: "mail2026", keyFile });
 * if (answer.status !== "found") console.error(`${answer.reason}: ${answer.remedy}`);
 * ```
 */
export async function checkKey(
  config: Config,
  row: Pick<KeyRow, "domain" | "selector" | "keyFile">,
): Promise<KeyAnswer> {
  const { domain } = row;
  const settings = signingSettings(config, { domain, binding: config.defaultBinding });
  const rows = [{ ...row, revision: 0 }];
  const configured = configuredSignatures(settings, domain, () => rows, domain);
  const silent = { onLoad: () => undefined, onWarning: () => undefined };
  const { usable, failed } = await findKeys(
    configured,
    new KeyStore(config.keys, systemClock, silent),
  );
  const ready = new SignerCache(() => Math.floor(systemClock.nowMs() / 1000)).readyFor(
    settings,
    usable,
  );
  const [problem] = [...failed, ...ready.failed];
  const [found] = ready.signatures;
  if (problem === undefined && found !== undefined) return { status: "found", key: found.key };
  return {
    status: problem?.status === "missing" ? "missing" : "unusable",
    reason: problem?.reason ?? `no signature is configured for ${domain}`,
    remedy: problem?.remedy ?? "correct the config",
  };
}
