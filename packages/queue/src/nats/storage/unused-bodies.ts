import type { JetStreamManager } from "@nats-io/jetstream";
import { asked } from "../connection/server-error.ts";
import { SharedRun } from "../shared-run.ts";
import type { Bodies } from "./bodies.ts";
import type { BodyReferences } from "./body-references.ts";
import { keyOf, type Layout } from "./layout.ts";

/**
 * Removes shared bodies that nothing uses, because a process was killed before it committed the message, or after it
 * settled the last message. A body is removed only if two checks in a row have found neither a commit record nor
 * unsettled messages for it, and more time has passed between them than it takes to commit a message.
 */
export class UnusedBodies {
  readonly #manager: JetStreamManager;
  readonly #layout: Layout;
  readonly #bodies: Bodies;
  readonly #references: BodyReferences;
  readonly #unusedMs: number;
  readonly #elapsedMs: () => number;
  /** When the last check found each body unused. */
  #suspects: ReadonlyMap<string, number> = new Map();
  readonly #checking = new SharedRun(() => this.#check());

  constructor(
    manager: JetStreamManager,
    layout: Layout,
    bodies: Bodies,
    references: BodyReferences,
    /** `unusedMs`: the time after which a body that is still unused is removed. `elapsedMs`: a monotonic clock. */
    settings: { readonly unusedMs: number; readonly elapsedMs: () => number },
  ) {
    this.#unusedMs = settings.unusedMs;
    this.#elapsedMs = settings.elapsedMs;
    this.#manager = manager;
    this.#layout = layout;
    this.#bodies = bodies;
    this.#references = references;
  }

  /** Call regularly. A check that is still running is not started a second time. */
  look(): Promise<void> {
    return this.#checking.join();
  }

  async #check(): Promise<void> {
    const unused = new Map<string, number>();
    const keys = new Set([
      ...(await this.#keys(this.#layout.body("*"))),
      ...(await this.#keys(this.#layout.left("*"))),
    ]);
    for (const key of keys) {
      // One at a time: nothing waits for this, and the servers do not get a burst of requests.
      if (await this.#isUsed(key)) continue;
      const nowMs = this.#elapsedMs();
      const sinceMs = this.#suspects.get(key) ?? nowMs;
      if (nowMs - sinceMs >= this.#unusedMs) {
        await this.#bodies.removeKey(key);
        await this.#references.clear(key);
      } else unused.set(key, sinceMs);
    }
    this.#suspects = unused;
  }

  /** Checks the commit record first, because it is removed only after the record of ends exists. */
  async #isUsed(key: string): Promise<boolean> {
    const record = await asked(
      this.#manager.streams.getMessage(this.#layout.stream("live"), {
        last_by_subj: this.#layout.record(key),
      }),
    );
    return record !== null || (await this.#references.isOpen(key));
  }

  async #keys(subjects: string): Promise<readonly string[]> {
    const { state } = await asked(
      this.#manager.streams.info(this.#layout.shared, { subjects_filter: subjects }),
    );
    return Object.keys(state.subjects ?? {}).map(keyOf);
  }
}
