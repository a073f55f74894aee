import { join } from "node:path";
import { onTestFinished } from "vitest";
import { GroupCommit } from "../../src/embedded/thread/group-commit.ts";
import type {
  AddOperation,
  Operation,
  Request,
  ResultOf,
  StoreOptions,
  TakeOperation,
} from "../../src/embedded/thread/protocol.ts";
import { folder } from "./fixture.ts";

export const nowMs = 1_000_000;

export function storeIn(directory: string, more: Partial<StoreOptions> = {}): StoreOptions {
  return {
    file: join(directory, "queue.db"),
    dedupWindowMs: 1000,
    busyTimeoutMs: 1000,
    minFreeBytes: 0,
    minFreeSettlingBytes: 0,
    maxBytes: undefined,
    fullCheckBytes: 1024 * 1024,
    ...more,
  };
}

export function add(route: string, sizeBytes = 10, more: Partial<AddOperation> = {}): AddOperation {
  return {
    kind: "add",
    destinations: [{ route, recipients: null }],
    metadata: "{}",
    dedupId: undefined,
    resend: undefined,
    firstSeenMs: undefined,
    delayMs: 0,
    sizeBytes,
    bytes: new Uint8Array(sizeBytes),
    upload: undefined,
    ...more,
  };
}

export function take(batch: number, more: Partial<TakeOperation> = {}): TakeOperation {
  return {
    kind: "take",
    batch,
    excludeRoutes: new Set(),
    excludeEndings: [],
    maxPerRoute: batch,
    maxBytes: 1e9,
    leaseMs: 1000,
    ...more,
  };
}

export const requests = (operations: readonly Operation[]): readonly Request[] =>
  operations.map((operation, id) => ({ id, operation }));

/** Runs operations on a new file, each in a commit of its own. A failure is thrown. */
export interface Commits {
  readonly file: string;
  run<Asked extends Operation>(operation: Asked, atMs?: number): ResultOf<Asked>;
}

export function commitsInNewFile(more: Partial<StoreOptions> = {}): Commits {
  const options = storeIn(folder(), more);
  const commits = new GroupCommit(options);
  onTestFinished(() => commits.close());
  return {
    file: options.file,
    run: <Asked extends Operation>(operation: Asked, atMs: number = nowMs) => {
      const [answer] = commits.run(requests([operation]), atMs);
      if (answer === undefined || "failure" in answer) {
        throw new Error(answer?.failure.message, { cause: answer?.failure });
      }
      return answer.value as ResultOf<Asked>;
    },
  };
}
