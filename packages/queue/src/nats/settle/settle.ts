import type { JsMsg } from "@nats-io/jetstream";
import { QueueError } from "../../errors.ts";
import { asked } from "../connection/server-error.ts";
import type { Bodies } from "../storage/bodies.ts";
import type { BodyReferences } from "../storage/body-references.ts";
import { generationOf, type Label } from "../storage/framing.ts";
import type { StoredMessages, StoredMessage } from "../storage/stored-messages.ts";
import type { PendingWrites } from "./pending-writes.ts";
import type { Tombstones } from "./tombstones.ts";

export interface SettlerParts {
  readonly bodies: Bodies;
  readonly tombstones: Tombstones;
  readonly references: BodyReferences;
  readonly stored: StoredMessages;
  readonly pendingWrites: PendingWrites;
}

/** Ends messages so that they stay ended, and the body goes with the last of those that share it. */
export class Settler {
  readonly #parts: SettlerParts;
  readonly #timeoutMs: number;
  /** How long after the last message of a body others may still come a second time. */
  readonly #echoMs: number;
  /** What has ended while the servers had no room to note it. */
  readonly #unnoted = new Map<string, Label>();
  /** Notes to be forgotten, the longest due first. */
  #finished: { readonly key: string; readonly dueMs: number }[] = [];

  constructor(
    parts: SettlerParts,
    { timeoutMs, leaseMs }: { readonly timeoutMs: number; readonly leaseMs: number },
  ) {
    this.#parts = parts;
    this.#timeoutMs = timeoutMs;
    this.#echoMs = 2 * leaseMs + 10_000;
  }

  /**
   * Forgets the notes of bodies whose last message ended some time ago: until then whoever was killed before an
   * end was acknowledged can cause a message to come again. To be called now and then.
   */
  async tidy(): Promise<void> {
    const nowMs = performance.now();
    const due = this.#finished.filter(({ dueMs }) => dueMs <= nowMs);
    this.#finished = this.#finished.slice(due.length);
    // One that fails is collected.
    await Promise.all(due.map(({ key }) => this.#parts.references.clear(key)));
  }

  /**
   * Ends one in hand. `replaced`: a copy takes its place, which has the body. Noted before it is acknowledged, or
   * at the same time: each of the two alone keeps it from coming again, unless a server is killed as well.
   */
  async end(
    id: string,
    label: Label,
    handle: () => JsMsg,
    replaced: "replaced" | undefined,
  ): Promise<void> {
    const { tombstones, pendingWrites } = this.#parts;
    const shareEnd =
      replaced === undefined ? await this.#endShare(label).catch(whereFull) : undefined;
    const { seq } = handle();
    const [noted] = await asked(
      Promise.all([
        tombstones.record(id, label, seq).catch(whereFull),
        handle().ackAck({ timeout: this.#timeoutMs }),
      ]),
    );
    // Delivered mail is acknowledged even if there is no room to note it: this side remembers until there is.
    if (noted === "full") {
      this.#unnoted.set(id, label);
      void pendingWrites.add(() => this.#noteLater(id, label, seq));
    }
    if (shareEnd === "full") void pendingWrites.add(async () => void (await this.#endShare(label)));
  }

  async #noteLater(id: string, label: Label, seq: number): Promise<void> {
    await this.#parts.tombstones.record(id, label, seq);
    if (this.#unnoted.get(id) === label) this.#unnoted.delete(id);
  }

  /** Remembers that it was delivered, in the background. */
  note(id: string, label: Label, seq: number): void {
    this.#parts.tombstones.record(id, label, seq).catch(() => undefined);
  }

  /** Ends one that nobody has in hand. Resolves to false where it was gone already. */
  async drop(message: StoredMessage): Promise<boolean> {
    const { label, id, seq } = message;
    if (!(await this.#parts.stored.remove(message))) return false;
    await this.#parts.tombstones.record(id, label, seq);
    await this.#endShare(label);
    await this.#parts.bodies.removeOwn(message);
    return true;
  }

  /** Whether a message that comes perhaps a second time is one that has ended, or has a later copy. */
  async hasEnded(id: string, label: Label): Promise<boolean> {
    const { tombstones, references, stored } = this.#parts;
    const generation = generationOf(label);
    const { share } = label;
    const own = this.#unnoted.get(id);
    if (own !== undefined && own.nonce === label.nonce && generationOf(own) >= generation) {
      return true;
    }
    const [noted, left, copies] = await Promise.all([
      tombstones.has(id, label),
      share && references.hasEnded(share),
      stored.copies(id, label.route),
    ]);
    return (
      noted ||
      left === true ||
      // The note goes after the last one.
      (left === undefined && label.recheck === true) ||
      copies.some((copy) => generationOf(copy.label) > generation)
    );
  }

  /** The note stays for a while: it tells that the others have ended. */
  async #endShare({ share }: Label): Promise<undefined> {
    if (share === undefined || !(await this.#parts.references.end(share))) return;
    await this.#parts.bodies.removeKey(share.key);
    this.#finished.push({ key: share.key, dueMs: performance.now() + this.#echoMs });
  }
}

function whereFull(error: unknown): "full" {
  if (error instanceof QueueError && error.code === "queue-full") return "full";
  throw error;
}
