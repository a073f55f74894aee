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

/** Settles messages durably, and removes a body with the last message that shares it. */
export class Settler {
  readonly #parts: SettlerParts;
  readonly #timeoutMs: number;
  /** How long messages that share a body may still be delivered again after the last of them has been settled. */
  readonly #echoMs: number;
  /** Messages settled while the servers had no room to record it. */
  readonly #unrecorded = new Map<string, Label>();
  /** Body records to remove, the longest due first. */
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
   * Removes the records of bodies whose last message was settled some time ago. Until then, a process killed before its
   * acknowledgement arrived can cause a message to be delivered again. Call regularly.
   */
  async tidy(): Promise<void> {
    const nowMs = performance.now();
    const due = this.#finished.filter(({ dueMs }) => dueMs <= nowMs);
    this.#finished = this.#finished.slice(due.length);
    // If a removal fails, the collection of unused bodies removes it later.
    await Promise.all(due.map(({ key }) => this.#parts.references.clear(key)));
  }

  /**
   * Settles a leased message. `replaced`: a copy takes its place and keeps the body. The end is recorded before the
   * message is acknowledged, or at the same time: either alone keeps it from being delivered again, unless a server is
   * killed as well.
   */
  async end(
    id: string,
    label: Label,
    handle: () => JsMsg,
    replaced: "replaced" | undefined,
  ): Promise<void> {
    const { tombstones, pendingWrites } = this.#parts;
    const shareEnd = replaced === undefined ? await this.#endShare(label).catch(ifFull) : undefined;
    const { seq } = handle();
    const [recorded] = await asked(
      Promise.all([
        tombstones.record(id, label, seq).catch(ifFull),
        handle().ackAck({ timeout: this.#timeoutMs }),
      ]),
    );
    // Delivered mail is acknowledged even if the servers have no room to record it: this process remembers it until then.
    if (recorded === "full") {
      this.#unrecorded.set(id, label);
      pendingWrites.addUnawaited(() => this.#recordLater(id, label, seq));
    }
    if (shareEnd === "full") {
      pendingWrites.addUnawaited(async () => void (await this.#endShare(label)));
    }
  }

  async #recordLater(id: string, label: Label, seq: number): Promise<void> {
    await this.#parts.tombstones.record(id, label, seq);
    if (this.#unrecorded.get(id) === label) this.#unrecorded.delete(id);
  }

  /** Records in the background that the message was delivered. */
  recordUnawaited(id: string, label: Label, seq: number): void {
    this.#parts.tombstones.record(id, label, seq).catch(() => undefined);
  }

  /** Settles a message that nobody has leased. Resolves to false if it no longer exists. */
  async drop(message: StoredMessage): Promise<boolean> {
    const { label, id, seq } = message;
    if (!(await this.#parts.stored.remove(message))) return false;
    await this.#parts.tombstones.record(id, label, seq);
    await this.#endShare(label);
    await this.#parts.bodies.removeOwn(message);
    return true;
  }

  /** Whether a message that may have been delivered again has been settled, or has a later copy. */
  async hasEnded(id: string, label: Label): Promise<boolean> {
    const { tombstones, references, stored } = this.#parts;
    const generation = generationOf(label);
    const { share } = label;
    const own = this.#unrecorded.get(id);
    if (own !== undefined && own.nonce === label.nonce && generationOf(own) >= generation) {
      return true;
    }
    const [recorded, left, copies] = await Promise.all([
      tombstones.has(id, label),
      share && references.hasEnded(share),
      stored.copies(id, label.route),
    ]);
    return (
      recorded ||
      left === true ||
      // The record is removed after the last message.
      (left === undefined && label.recheck === true) ||
      copies.some((copy) => generationOf(copy.label) > generation)
    );
  }

  /** Keeps the record for a while: it shows that the other messages have been settled. */
  async #endShare({ share }: Label): Promise<undefined> {
    if (share === undefined || !(await this.#parts.references.end(share))) return;
    await this.#parts.bodies.removeKey(share.key);
    this.#finished.push({ key: share.key, dueMs: performance.now() + this.#echoMs });
  }
}

function ifFull(error: unknown): "full" {
  if (error instanceof QueueError && error.code === "queue-full") return "full";
  throw error;
}
