import type { Totals } from "@mailseal/service";
import { mergeColumns, mergeSnapshots, type Snapshot, type TimeColumns } from "@mailseal/stats";
import type { WorkerAnswer, WorkerWatch } from "./worker-watch.ts";

/**
 * The statistics of relay and worker together: in queue mode the relay accepts mail, and the worker signs and
 * delivers it. Those of the relay alone while no worker answers.
 */
export class JointStatistics {
  readonly #totals: Totals;
  readonly #worker: WorkerWatch;

  constructor(totals: Totals, worker: WorkerWatch) {
    this.#totals = totals;
    this.#worker = worker;
  }

  /** With `top`, only that many of the largest rows of each program, which is faster. */
  snapshot(top: number = Infinity): Snapshot {
    const own = this.#totals.snapshot(top);
    const answer = this.#answer;
    return answer === undefined ? own : mergeSnapshots(own, answer.snapshot);
  }

  seconds(): TimeColumns {
    const own = this.#totals.series.seconds();
    const answer = this.#answer;
    return answer === undefined ? own : mergeColumns(own, answer.seconds);
  }

  minutes(): TimeColumns {
    const own = this.#totals.series.minutes();
    const answer = this.#answer;
    return answer === undefined ? own : mergeColumns(own, answer.minutes);
  }

  get #answer(): WorkerAnswer | undefined {
    const state = this.#worker.latest;
    return state?.kind === "answers" ? state.answer : undefined;
  }
}
