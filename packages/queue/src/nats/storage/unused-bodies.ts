import type { JetStreamManager } from "@nats-io/jetstream";
import { asked } from "../connection/server-error.ts";
import type { Bodies } from "./bodies.ts";
import type { BodyReferences } from "./body-references.ts";
import { keyOf, type Layout } from "./layout.ts";

/**
 * Removes shared bodies that nothing uses, because a process was killed before it committed the message, or after it
 * settled the last message. A body is removed only if two checks in a row have found neither a commit record nor
 * unsettled messages for it: a message is committed sooner than that, or not at all.
 */
export class UnusedBodies {
  readonly #manager: JetStreamManager;
  readonly #layout: Layout;
  readonly #bodies: Bodies;
  readonly #references: BodyReferences;
  #suspects: ReadonlySet<string> = new Set();

  constructor(
    manager: JetStreamManager,
    layout: Layout,
    bodies: Bodies,
    references: BodyReferences,
  ) {
    this.#manager = manager;
    this.#layout = layout;
    this.#bodies = bodies;
    this.#references = references;
  }

  /** Call once in the time within which a body must be committed. */
  async look(): Promise<void> {
    const found = new Set<string>();
    const keys = new Set([
      ...(await this.#keys(this.#layout.body("*"))),
      ...(await this.#keys(this.#layout.left("*"))),
    ]);
    for (const key of keys) {
      // One at a time: nothing waits for this, and the servers see no burst of requests.
      if (await this.#isUsed(key)) continue;
      if (this.#suspects.has(key)) {
        await this.#bodies.removeKey(key);
        await this.#references.clear(key);
      } else found.add(key);
    }
    this.#suspects = found;
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
