import { stat } from "node:fs/promises";
import type { Config } from "@mailseal/config";
import { configuredKeys } from "../signing/configured-keys.ts";
import type { KeyAnswer } from "./key-answer.ts";
import { KeyDatabase } from "./key-database.ts";
import type { KeyRequest } from "./key-request.ts";
import { loadKey } from "./load-key.ts";

/** A key that the config would sign with. */
export interface SigningKey {
  readonly domain: string;
  readonly selector: string;
  readonly answer: KeyAnswer;
  /** Unix time in milliseconds at which its file was written last; absent for a key in the config itself. */
  readonly writtenAtMs?: number;
}

/**
 * Loads the keys of all domains that the config or its database names, and of `others`: those that sign
 * by a pattern are known only from their mail. At most `limit`. Rejects with a `PolicyError`
 * "key-database" where that cannot be used.
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
      // One at a time: a page can wait, and signing should not.
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
  // Where others may read it, that is told when it is used.
  const answer = await loadKey(request, keys, () => undefined);
  const writtenAtMs = place.kind === "file" ? await modificationTime(place.path) : undefined;
  return { domain, selector, answer, ...(writtenAtMs === undefined ? {} : { writtenAtMs }) };
}

async function modificationTime(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs;
  } catch {
    return undefined;
  }
}
