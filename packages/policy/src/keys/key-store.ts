import { stat } from "node:fs/promises";
import type { Config } from "@mailseal/config";
import type { PermissionWarning } from "@mailseal/config/secrets";
import type { Clock } from "../pipeline/clock.ts";
import { LruMap } from "../pipeline/lru-map.ts";
import type { KeyAnswer } from "./key-answer.ts";
import type { KeyRequest } from "./key-request.ts";
import { loadKey } from "./load-key.ts";

export type KeyStoreOptions = Pick<
  Config["keys"],
  "cacheSize" | "positiveTtl" | "negativeTtl" | "checkPermissions" | "allowWritable"
>;

/** Reports that a key was looked for on disk. Keys from the cache are not reported. */
export interface KeyLoad {
  readonly domain: string;
  readonly selector: string;
  readonly answer: KeyAnswer;
  readonly durationNs: number;
}

export interface KeyStoreListener {
  onLoad(load: KeyLoad): void;
  onWarning(warning: PermissionWarning): void;
}

interface Entry {
  readonly answer: KeyAnswer;
  expiresAtMs: number;
  /** When the files of a negative answer are checked again, and their state at the last check. */
  lookAtMs: number;
  readonly files: string;
}

/** How many keys `preload` reads and parses at the same time. */
const preloadConcurrency = 16;
/** How often the files of an unusable key are checked while the key is being asked for. */
const lookAgainMs = 1000;

/**
 * Caches private keys once they are parsed: at most `cacheSize` of them, each for `positiveTtl`. If a key is missing
 * or unusable, that is cached until its file changes, which is noticed within a second, and for `negativeTtl` at
 * most. Simultaneous requests for a key share one load.
 */
export class KeyStore {
  readonly #options: KeyStoreOptions;
  readonly #clock: Clock;
  readonly #listener: KeyStoreListener;
  readonly #loading = new Map<string, Promise<KeyAnswer>>();
  #kept: LruMap<string, Entry>;

  constructor(options: KeyStoreOptions, clock: Clock, listener: KeyStoreListener) {
    this.#options = options;
    this.#clock = clock;
    this.#listener = listener;
    this.#kept = new LruMap(options.cacheSize);
  }

  /** Number of keys and failures in the cache, some of which may have expired. */
  get size(): number {
    return this.#kept.size;
  }

  /** Returns a cached key at once, without a promise. Never rejects. */
  find(request: KeyRequest): KeyAnswer | Promise<KeyAnswer> {
    const kept = this.#kept.get(request.id);
    const nowMs = this.#nowMs();
    const isKept = kept !== undefined && nowMs < kept.expiresAtMs;
    if (isKept && nowMs < kept.lookAtMs) {
      return kept.answer;
    }
    const loading = this.#loading.get(request.id);
    if (loading !== undefined) {
      return loading;
    }
    const load = (isKept ? this.#lookAgain(request, kept) : this.#load(request)).finally(() =>
      this.#loading.delete(request.id),
    );
    this.#loading.set(request.id, load);
    return load;
  }

  /**
   * Marks a key that was found but has the wrong length or type. It is read again within a second and not after
   * `positiveTtl`, because the operator will replace it.
   */
  doubt({ id }: KeyRequest): void {
    const kept = this.#kept.get(id);
    if (kept?.answer.status === "found") {
      kept.expiresAtMs = Math.min(kept.expiresAtMs, this.#nowMs() + lookAgainMs);
    }
  }

  /**
   * Loads keys ahead of their use, a few at a time. The cache grows to hold all of them even if `cacheSize` is less.
   * Resolves to the number of keys in the cache.
   */
  async preload(requests: Iterable<KeyRequest>): Promise<number> {
    const waiting = new Map<string, KeyRequest>();
    for (const request of requests) waiting.set(request.id, request);
    if (waiting.size > this.#options.cacheSize) {
      this.#kept = new LruMap(waiting.size);
    }
    const queue = waiting.values();
    let found = 0;
    const loadSome = async (): Promise<void> => {
      // The workers share the iterator: each takes the next key.
      for (const request of queue) {
        const { status } = await this.find(request);
        if (status === "found") found++;
      }
    };
    await Promise.all(Array.from({ length: preloadConcurrency }, loadSome));
    return found;
  }

  /** Monotonic: if the wall clock were set back, answers would never expire. */
  #nowMs(): number {
    return this.#clock.elapsedNs() / 1e6;
  }

  async #lookAgain(request: KeyRequest, kept: Entry): Promise<KeyAnswer> {
    if ((await statesOf(request)) !== kept.files) {
      return this.#load(request);
    }
    kept.lookAtMs = this.#nowMs() + lookAgainMs;
    return kept.answer;
  }

  async #load(request: KeyRequest): Promise<KeyAnswer> {
    const startNs = this.#clock.elapsedNs();
    // Taken before the files are read, so that a change in the meantime shows at the next check.
    const files = await statesOf(request);
    const answer = await loadKey(request, this.#options, (warning) => {
      this.#listener.onWarning(warning);
    });
    this.#keep(request.id, answer, files);
    const durationNs = this.#clock.elapsedNs() - startNs;
    this.#listener.onLoad({
      domain: request.domain,
      selector: request.selector,
      answer,
      durationNs,
    });
    return answer;
  }

  #keep(id: string, answer: KeyAnswer, files: string): void {
    const { positiveTtl, negativeTtl } = this.#options;
    const isFound = answer.status === "found";
    const ttlMs = isFound ? positiveTtl : negativeTtl;
    const nowMs = this.#nowMs();
    if (answer.status === "fault" || ttlMs <= 0) {
      this.#kept.delete(id);
    } else {
      this.#kept.set(id, {
        answer,
        expiresAtMs: nowMs + ttlMs,
        lookAtMs: isFound ? Infinity : nowMs + lookAgainMs,
        files,
      });
    }
  }
}

/** A text that differs once a file of the key is created, written, replaced, or given other permissions. */
async function statesOf({ place, passphraseFile }: KeyRequest): Promise<string> {
  const paths = [place.kind === "file" ? place.path : undefined, passphraseFile];
  const states = await Promise.all(paths.map((path) => (path === undefined ? "" : stateOf(path))));
  return states.join(" ");
}

async function stateOf(path: string): Promise<string> {
  try {
    const { dev, ino, size, mode, uid, gid, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [dev, ino, size, mode, uid, gid, mtimeNs, ctimeNs].join("/");
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : "unknown";
  }
}
