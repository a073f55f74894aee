import type { Clock } from "../clock.ts";
import type { Config } from "../config/schema.ts";
import { LruMap } from "../lru-map.ts";
import type { KeyAnswer } from "./key-answer.ts";
import type { KeyRequest } from "./key-request.ts";
import { loadKey } from "./load-key.ts";
import type { PermissionWarning } from "./secret-file.ts";

export type KeyStoreOptions = Pick<
  Config["keys"],
  "cacheSize" | "positiveTtl" | "negativeTtl" | "checkPermissions"
>;

/** A key was looked for on disk; one that was in the cache is not told. */
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
  /** By the monotonic clock. */
  readonly expiresAtNs: number;
}

/** Files read and keys parsed at a time by `preload`. */
const preloadConcurrency = 16;

/**
 * Private keys, parsed once and kept: at most `cacheSize` of them, for `positiveTtl`, absent and
 * unusable ones for `negativeTtl`. Those who ask for one key at a time share the one load.
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

  /** Keys and failures that are kept, some perhaps past their time. */
  get size(): number {
    return this.#kept.size;
  }

  /** At once, without a promise, where it is in the cache. Never rejects. */
  find(request: KeyRequest): KeyAnswer | Promise<KeyAnswer> {
    const kept = this.#kept.get(request.id);
    if (kept !== undefined && this.#clock.elapsedNs() < kept.expiresAtNs) {
      return kept.answer;
    }
    const loading = this.#loading.get(request.id);
    if (loading !== undefined) {
      return loading;
    }
    const load = this.#load(request);
    this.#loading.set(request.id, load);
    return load;
  }

  /**
   * Loads keys ahead, a few at a time. The cache is made to hold all of them, were `cacheSize` less.
   * Resolves to how many there are now.
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
      // The iterator is shared: each takes the next one that nobody took.
      for (const request of queue) {
        // oxlint-disable-next-line no-await-in-loop -- one at a time in each of the loops
        const { status } = await this.find(request);
        if (status === "found") found++;
      }
    };
    await Promise.all(Array.from({ length: preloadConcurrency }, loadSome));
    return found;
  }

  async #load(request: KeyRequest): Promise<KeyAnswer> {
    const startNs = this.#clock.elapsedNs();
    const answer = await loadKey(request, this.#options.checkPermissions, (warning) => {
      this.#listener.onWarning(warning);
    });
    this.#loading.delete(request.id);
    this.#keep(request.id, answer);
    const durationNs = this.#clock.elapsedNs() - startNs;
    this.#listener.onLoad({
      domain: request.domain,
      selector: request.selector,
      answer,
      durationNs,
    });
    return answer;
  }

  #keep(id: string, answer: KeyAnswer): void {
    const { positiveTtl, negativeTtl } = this.#options;
    const ttlMs = answer.status === "found" ? positiveTtl : negativeTtl;
    if (answer.status === "fault" || ttlMs <= 0) {
      this.#kept.delete(id);
    } else {
      this.#kept.set(id, { answer, expiresAtNs: this.#clock.elapsedNs() + ttlMs * 1e6 });
    }
  }
}
