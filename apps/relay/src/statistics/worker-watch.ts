import { type Config, listenTarget } from "@mailseal/policy/config";
import type { QueueStats } from "@mailseal/queue";
import type { RotationSummary } from "@mailseal/service";
import { askAdmin } from "@mailseal/service/admin-client";
import { parseSnapshot, type Snapshot, type TimeColumns } from "@mailseal/stats";
import { RefreshingValue } from "./refreshing-value.ts";

export interface WorkerAnswer {
  readonly snapshot: Snapshot;
  readonly queue: QueueStats & { readonly delivering: number };
  readonly rotations: readonly RotationSummary[];
  readonly seconds: TimeColumns;
  readonly minutes: TimeColumns;
}

/** What the worker of the same config was like when it was last asked. */
export type WorkerState =
  | { readonly kind: "answers"; readonly answer: WorkerAnswer }
  | { readonly kind: "silent"; readonly address: string; readonly reason: string };

export interface WorkerWatchSources {
  readonly config: () => Config;
}

const maxAgeMs = 2000;
const timeoutMs = 2000;
const maxAnswerBytes = 4 << 20;
const rows = 200;

/** The worker, asked at its admin address now and then while somebody looks. */
export class WorkerWatch extends RefreshingValue<WorkerState> {
  constructor({ config }: WorkerWatchSources) {
    super({ make: () => asked(config().worker.admin), maxAgeMs });
  }
}

async function asked(address: string): Promise<WorkerState> {
  try {
    const [snapshot, ...others] = await Promise.all(
      [`/stats?top=${rows}`, "/queue", "/rotations", "/series", "/series?span=day"].map((path) =>
        bodyOf(address, path),
      ),
    );
    // The worker is ours; that it is of another version is told, not survived field by field.
    const [queue, rotations, seconds, minutes] = others;
    const answer = { snapshot: parseSnapshot(snapshot), queue, rotations, seconds, minutes };
    return { kind: "answers", answer: answer as WorkerAnswer };
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
