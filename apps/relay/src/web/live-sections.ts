import type { Totals } from "@mailseal/service";
import type { Control } from "../admin/routes.ts";
import { usesQueue } from "../queue/mail-queue.ts";
import type { JointStatistics } from "../statistics/joint-statistics.ts";
import type { KeyInventory } from "../statistics/key-inventory.ts";
import type { WorkerWatch } from "../statistics/worker-watch.ts";
import { bindingsSection } from "./views/bindings.ts";
import { deliveriesSection } from "./views/deliveries.ts";
import { failingDomainsSection, signingDomainsSection } from "./views/domains.ts";
import { failuresSection } from "./views/failures.ts";
import { keysSection } from "./views/keys.ts";
import { minutesSection } from "./views/minutes.ts";
import { resultsSection } from "./views/results.ts";
import { rotationsSection } from "./views/rotations.ts";
import { summarySection } from "./views/summary.ts";
import { workerSection } from "./views/worker.ts";

export interface SectionSources {
  readonly control: Control;
  readonly totals: Totals;
  readonly statistics: JointStatistics;
  readonly inventory: KeyInventory;
  readonly worker: WorkerWatch;
}

/** What of the page changes, by the id of its place in it; HTML. */
export type Sections = ReadonlyMap<string, string>;

/** Rows of a table: what fits a screen. */
const top = 10;
const leastAgeMs = 900;

/** The parts of the page as of now; made once a second, however many look. */
export class LiveSections {
  readonly #sources: SectionSources;
  #made: { readonly atMs: number; readonly sections: Sections } | undefined;

  constructor(sources: SectionSources) {
    this.#sources = sources;
  }

  now(): Sections {
    const nowMs = performance.now();
    if (this.#made === undefined || nowMs - this.#made.atMs >= leastAgeMs) {
      this.#made = { atMs: nowMs, sections: this.#make() };
    }
    return this.#made.sections;
  }

  #make(): Sections {
    const { totals, statistics, inventory, control, worker } = this.#sources;
    const { latest: workerState } = worker;
    const snapshot = statistics.snapshot(200);
    const made = [
      ["summary", summarySection(snapshot, control)],
      ["minutes", minutesSection(statistics.minutes())],
      ["results", resultsSection(snapshot)],
      ["signing-domains", signingDomainsSection(snapshot, top)],
      ["failing-domains", failingDomainsSection(snapshot, top)],
      ["failures", failuresSection(totals.failures.all)],
      ["bindings", bindingsSection(snapshot, top)],
      ["deliveries", deliveriesSection(snapshot, top)],
      ["worker", workerSection(workerState, usesQueue(control.config), top)],
      ["keys", keysSection(inventory.latest)],
      ["rotations", rotationsSection(workerState)],
    ] as const;
    return new Map(made.map(([id, section]) => [id, String(section)]));
  }
}
