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
  expiresAtMs: number;
  /** When the files of a negative answer are looked at again, and what they were like. */
  lookAtMs: number;
  readonly files: string;
}

/** Files read and keys parsed at a time by `preload`. */
const preloadConcurrency = 16;
/** The files of a key that could not be used are looked at so often, if it is asked for. */
const lookAgainMs = 1000;

/**
 * Private keys, parsed once and kept: at most `cacheSize` of them, for `positiveTtl`. That a key is absent or
 * unusable is kept until its file changes, which is seen within a second, and for `negativeTtl` at most. Those
 * who ask for one key at a time share the one load.
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
   * A key that was found and does not fit what is asked of it, by its length or type: it is read anew within a
   * second, not after `positiveTtl`, since somebody will put another in its place.
   */
  doubt({ id }: KeyRequest): void {
    const kept = this.#kept.get(id);
    if (kept?.answer.status === "found") {
      kept.expiresAtMs = Math.min(kept.expiresAtMs, this.#nowMs() + lookAgainMs);
    }
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
        const { status } = await this.find(request);
        if (status === "found") found++;
      }
    };
    await Promise.all(Array.from({ length: preloadConcurrency }, loadSome));
    return found;
  }

  /** Not the wall clock: one that is set back would make answers last. */
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
    // Before they are read: what changes meanwhile is seen at the next look.
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

/** Another text where a file of the key has been made, written, replaced, or given other permissions. */
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
