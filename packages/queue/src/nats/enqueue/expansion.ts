import { JetStreamApiError, type StoredMsg } from "@nats-io/jetstream";
import type { Destination, Envelope } from "../../contract.ts";
import { asked } from "../connection/server-error.ts";
import type { Servers } from "../connection/servers.ts";
import type { PendingWrites } from "../settle/pending-writes.ts";
import type { Tombstones } from "../settle/tombstones.ts";
import type { BodyReferences } from "../storage/body-references.ts";
import { frame, type Label } from "../storage/framing.ts";
import type { Put, StoredMessages } from "../storage/stored-messages.ts";

/** The record that commits a message for all its destinations at once. */
export interface MailRecord {
  readonly label: Omit<Label, "envelope" | "route" | "share"> & {
    readonly envelope: Omit<Envelope, "recipients">;
  };
  readonly destinations: readonly Destination[];
  readonly key: string;
  readonly pieces: readonly number[];
}

export interface ExpansionParts {
  readonly stored: StoredMessages;
  readonly references: BodyReferences;
  readonly tombstones: Tombstones;
  readonly pendingWrites: PendingWrites;
}

/** JetStream's code if the subject has a message already. */
const wrongSequence = 10_071;
const atOnce = 64;

/**
 * Turns a record into one message for each destination, and removes the record. If the process is killed in between,
 * another that finds the record continues: messages that exist or have been settled are not added twice.
 */
export class Expansion {
  readonly #servers: Servers;
  readonly #parts: ExpansionParts;
  /** The records found by the last check. A process that is alive has expanded its records before the next check. */
  #seen: ReadonlySet<number> = new Set();

  constructor(servers: Servers, parts: ExpansionParts) {
    this.#servers = servers;
    this.#parts = parts;
  }

  /** Resolves when the message is queued for all its destinations. */
  async commit(record: MailRecord, unique: string | undefined): Promise<Put> {
    const { seq, duplicate } = await asked(
      this.#servers.client.publish(
        this.#servers.layout.record(record.key),
        JSON.stringify(record),
        {
          timeout: this.#servers.timeoutMs,
          ...(unique !== undefined && { msgID: `add ${unique}` }),
        },
      ),
    );
    if (!duplicate) {
      // The message is queued. If this fails, it is done later, by this process or another that finds the record.
      await this.#expand(record, seq, "first").catch(() =>
        this.#parts.pendingWrites.addUnawaited(() => this.#expand(record, seq, "again")),
      );
    }
    return { id: seq.toString(36), duplicate };
  }

  /** Continues with records that other processes left. Call every few seconds. */
  async look(): Promise<void> {
    const found = new Set<number>();
    for await (const { seq, record } of this.#records()) {
      if (this.#seen.has(seq)) await this.#expand(record, seq, "again");
      else found.add(seq);
    }
    this.#seen = found;
  }

  /** Expands all records at once, for callers that list all messages. */
  async finish(): Promise<void> {
    for await (const { seq, record } of this.#records()) await this.#expand(record, seq, "again");
  }

  async *#records(): AsyncGenerator<{ readonly seq: number; readonly record: MailRecord }> {
    let seq = 1;
    for (;;) {
      const found: StoredMsg | null = await asked(
        this.#servers.manager.direct.getMessage(this.#servers.layout.stream("live"), {
          seq,
          next_by_subj: this.#servers.layout.record("*"),
        }),
      );
      if (found === null) return;
      yield { seq: found.seq, record: found.json<MailRecord>() };
      seq = found.seq + 1;
    }
  }

  async #expand(record: MailRecord, seq: number, time: "first" | "again"): Promise<void> {
    const { key, destinations } = record;
    const { references, tombstones } = this.#parts;
    // A killed server can have lost the removal of the record.
    if (time === "first" || !(await tombstones.has(key, {}))) {
      await references.begin(key, destinations.length);
      let next = 0;
      const work = async (): Promise<void> => {
        while (next < destinations.length) {
          const index = next++;
          await this.#putOne(record, seq, index, time);
        }
      };
      await Promise.all(Array.from({ length: atOnce }, work));
      await tombstones.record(key, {}, seq);
    }
    await this.#servers.manager.streams
      .deleteMessage(this.#servers.layout.stream("live"), seq, false)
      .catch(() => false);
  }

  async #putOne(
    { label, destinations, key, pieces }: MailRecord,
    seq: number,
    index: number,
    time: "first" | "again",
  ): Promise<void> {
    const destination = destinations[index];
    if (destination === undefined) return;
    const { route, recipients } = destination;
    const id = idAt(seq.toString(36), index, destinations.length);
    const share = { key, index, pieces };
    if (time === "again" && (await this.#isThere(id, route, share))) return;
    const own: Label = {
      ...label,
      id,
      nonce: key,
      route,
      envelope: { ...label.envelope, recipients },
      share,
      // Earlier versions ignore `share` and would deliver the message without its body. They cannot find this object, and fail.
      object: "shared",
      ...(time === "again" && { recheck: true }),
    };
    const body = new Uint8Array();
    try {
      await this.#servers.client.publish(
        this.#servers.layout.subject("live", route, id),
        frame({ label: own, body }),
        {
          timeout: this.#servers.timeoutMs,
          msgID: `route ${id}`,
          expect: { lastSubjectSequence: 0 },
        },
      );
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === wrongSequence) return;
      await asked(Promise.reject(error));
    }
  }

  async #isThere(
    id: string,
    route: string,
    share: { key: string; index: number },
  ): Promise<boolean> {
    const { stored, references } = this.#parts;
    if ((await references.hasEnded(share)) === true) return true;
    return (await stored.copies(id, route)).length > 0;
  }
}

/** The id of the message for one of several destinations. */
export function idAt(id: string, index: number, count: number): string {
  return count === 1 ? id : `${id}-${index.toString(36)}`;
}
