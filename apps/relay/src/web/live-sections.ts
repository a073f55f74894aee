import type { Control, Totals } from "@mailseal/service";
import { usesQueue } from "../queue/mail-queue.ts";
import type { JointStatistics } from "../statistics/joint-statistics.ts";
import type { KeyInventory } from "../statistics/key-inventory.ts";
import type { WorkerWatch } from "../statistics/worker-watch.ts";
import type { PageData } from "./page-data.ts";
import { type LiveHtml, renderLive } from "./sections.ts";

export interface PageSources {
  readonly control: Control;
  readonly totals: Totals;
  readonly statistics: JointStatistics;
  readonly inventory: KeyInventory;
  readonly worker: WorkerWatch;
}

const minAgeMs = 900;
/** Rows of each statistics table that are merged with the worker's before the first ones are shown. */
const snapshotRows = 200;

/** The live parts of the overview as of now, rendered at most once a second however many pages are open. */
export class LiveSections {
  readonly #sources: PageSources;
  #rendered: { readonly atMs: number; readonly html: LiveHtml } | undefined;

  constructor(sources: PageSources) {
    this.#sources = sources;
  }

  now(): LiveHtml {
    const nowMs = performance.now();
    if (this.#rendered === undefined || nowMs - this.#rendered.atMs >= minAgeMs) {
      this.#rendered = { atMs: nowMs, html: renderLive(this.#read()) };
    }
    return this.#rendered.html;
  }

  #read(): PageData {
    const { totals, statistics, inventory, control, worker } = this.#sources;
    return {
      isReady: control.isReady,
      usesQueue: usesQueue(control.config),
      snapshot: statistics.snapshot(snapshotRows),
      minutes: statistics.minutes(),
      failures: totals.failures.all,
      inventory: inventory.latest,
      worker: worker.latest,
    };
  }
}
