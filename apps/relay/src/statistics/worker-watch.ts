import { type Config, listenTarget } from "@mailseal/policy/config";
import { askAdmin } from "@mailseal/program/admin-request";
import type { QueueStats } from "@mailseal/queue";
import { parseSnapshot, type Snapshot } from "@mailseal/stats";

/** A rotation, as a worker tells of it. */
export interface RotationRow {
  readonly domain: string;
  readonly stage: string;
  readonly direction: string;
  readonly sinceMs: number;
  /** Later than any date: nothing more is done. */
  readonly dueMs: number;
  readonly problem?: string;
  readonly cause?: string;
  /** Selectors. */
  readonly incoming: readonly string[];
  readonly outgoing: readonly string[];
}

export interface WorkerAnswer {
  readonly snapshot: Snapshot;
  readonly queue: QueueStats & { readonly delivering: number };
  readonly rotations: readonly RotationRow[];
}

/** What the worker of the same config was like when it was last asked. */
export type WorkerState =
  | { readonly kind: "answers"; readonly answer: WorkerAnswer }
  | { readonly kind: "silent"; readonly address: string; readonly reason: string };

export interface WorkerWatchSources {
  readonly config: () => Config;
  /** Unix time in milliseconds. */
  readonly now: () => number;
}

const maxAgeMs = 2000;
const timeoutMs = 2000;
const maxAnswerBytes = 4 << 20;
const rows = 50;

/** The worker, asked at its admin address now and then while somebody looks. */
export class WorkerWatch {
  readonly #sources: WorkerWatchSources;
  #latest: WorkerState | undefined;
  #askedMs = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | undefined;

  constructor(sources: WorkerWatchSources) {
    this.#sources = sources;
  }

  /** Undefined before the first answer; asks again where the last one is old. */
  get latest(): WorkerState | undefined {
    if (this.#sources.now() - this.#askedMs > maxAgeMs) {
      void this.refresh();
    }
    return this.#latest;
  }

  /** Never rejects. */
  refresh(): Promise<void> {
    this.#asking ??= this.#ask().finally(() => {
      this.#askedMs = this.#sources.now();
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #ask(): Promise<void> {
    const { admin: address } = this.#sources.config().worker;
    try {
      const [snapshot, queue, rotations] = await Promise.all(
        [`/stats?top=${rows}`, "/queue", "/rotations"].map((path) => bodyOf(address, path)),
      );
      // The worker is ours; that it is of another version is told, not survived field by field.
      const answer = { snapshot: parseSnapshot(snapshot), queue, rotations } as WorkerAnswer;
      this.#latest = { kind: "answers", answer };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#latest = { kind: "silent", address, reason };
    }
  }
}

async function bodyOf(address: string, path: string): Promise<unknown> {
  const { status, body } = await askAdmin(listenTarget(address), {
    path,
    timeoutMs,
    maxAnswerBytes,
  });
  if (status !== 200) throw new Error(`it answers ${path} with ${status}`);
  return body;
}
