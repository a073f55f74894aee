import { type Config, listenTarget } from "@mailseal/config";
import { workerReadingPaths, type WorkerReadings } from "@mailseal/service";
import { askAdmin } from "@mailseal/service/admin-client";
import { parseSnapshot, type Snapshot, type TimeColumns } from "@mailseal/stats";
import { RefreshingValue } from "./refreshing-value.ts";

const maxAgeMs = 2000;
const timeoutMs = 2000;
const maxAnswerBytes = 4 << 20;
/** Of each statistics table. */
const rows = 200;

/** The worker's answers at its admin endpoints, by the names that the page uses. */
export interface WorkerAnswer extends WorkerReadings {
  readonly snapshot: Snapshot;
  readonly seconds: TimeColumns;
  readonly minutes: TimeColumns;
}

/** The endpoint of each part. A part that is not asked for does not compile. */
const endpoints: Readonly<Record<keyof WorkerAnswer, string>> = {
  snapshot: `/stats?top=${rows}`,
  ...workerReadingPaths,
  seconds: "/series",
  minutes: "/series?span=day",
};

/** The state of the worker of the same config when it was last asked. */
export type WorkerState =
  | { readonly kind: "answers"; readonly answer: WorkerAnswer }
  | { readonly kind: "silent"; readonly address: string; readonly reason: string };

export interface WorkerWatchSources {
  readonly config: () => Config;
}

/** Asks the worker at its admin address, now and then while somebody looks at the page. */
export class WorkerWatch extends RefreshingValue<WorkerState> {
  constructor({ config }: WorkerWatchSources) {
    super({ make: () => askWorker(config().worker.admin), maxAgeMs });
  }
}

async function askWorker(address: string): Promise<WorkerState> {
  try {
    const parts = await Promise.all(
      Object.entries(endpoints).map(
        async ([name, path]) => [name, await bodyOf(address, path)] as const,
      ),
    );
    // The worker is our own program. If its version differs, the snapshot does not parse.
    const answer = Object.fromEntries(parts) as unknown as WorkerAnswer;
    return { kind: "answers", answer: { ...answer, snapshot: parseSnapshot(answer.snapshot) } };
  } catch (error) {
    return {
      kind: "silent",
      address,
      reason: error instanceof Error ? error.message : String(error),
    };
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
