import type { JetStreamManager } from "@nats-io/jetstream";
import { asked } from "../connection/server-error.ts";
import type { Bodies } from "./bodies.ts";
import type { BodyReferences } from "./body-references.ts";
import { keyOf, type Layout } from "./layout.ts";

/**
 * Removes shared bodies that nobody will ask for: whoever put one was killed before the message was committed, or
 * whoever ended the last message before the body was removed. One is removed only if two looks in a row found
 * that it has neither a record nor a note with messages left: a message is committed sooner than that, or not at all.
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

  /** To be called once in the time within which a body has to be committed. */
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

  /** The record first: it goes only after the note has come. */
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
