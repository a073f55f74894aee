import type { JetStreamManager, StoredMsg } from "@nats-io/jetstream";
import type { ListedMessage, QueuedMessage } from "../../contract.ts";
import { asked } from "../connection/server-error.ts";
import type { Servers } from "../connection/servers.ts";
import { type Framed, frame, generationOf, type Label, unframe } from "./framing.ts";
import type { Place } from "./layout.ts";
import type { Reserve } from "./reserve.ts";

/** A message as the servers store it. */
export interface StoredMessage extends Framed {
  readonly id: string;
  readonly place: Place;
  readonly seq: number;
}

export interface Put {
  /** The id of this message, or of the earlier one if it is a duplicate. */
  readonly id: string;
  readonly duplicate: boolean;
}

/** Stores, moves and finds messages in the streams. A move stores a copy, waits for its acknowledgement, then removes the original. */
export class StoredMessages {
  readonly #servers: Servers;
  readonly #reserve: Reserve;

  constructor(servers: Servers, reserve: Reserve) {
    this.#servers = servers;
    this.#reserve = reserve;
  }

  /** Resolves when the servers have stored the message. With the same `unique`, a second put within the window does nothing. */
  async put(message: Framed, unique: string | undefined): Promise<Put> {
    const { route } = message.label;
    const acknowledged = await asked(
      this.#servers.client.publish(
        this.#servers.layout.subject("live", route, undefined),
        frame(message),
        {
          timeout: this.#servers.timeoutMs,
          ...(unique !== undefined && { msgID: `add ${unique}` }),
        },
      ),
    );
    return { id: acknowledged.seq.toString(36), duplicate: acknowledged.duplicate };
  }

  /** Stores the next generation of a message. A repetition, after a timeout, does nothing. */
  async putCopy(place: Place, id: string, { label, body }: Framed): Promise<void> {
    const subject = this.#servers.layout.subject(place, label.route, id);
    const { recheck: _, ...kept } = label;
    const generation = generationOf(label) + 1;
    const copy = frame({ label: { ...kept, id, generation }, body });
    await this.#reserve.settle(() =>
      asked(
        this.#servers.client.publish(subject, copy, {
          timeout: this.#servers.timeoutMs,
          msgID: `copy ${place} ${id} ${generation}`,
        }),
      ),
    );
  }

  async move(message: StoredMessage, to: Place, label: Label): Promise<void> {
    await this.putCopy(to, message.id, { label, body: message.body });
    await this.remove(message);
  }

  /** Resolves to false if the message no longer exists. A server killed next can lose the removal. */
  async remove({ place, seq }: Pick<StoredMessage, "place" | "seq">): Promise<boolean> {
    const stream = this.#servers.layout.stream(place);
    try {
      return await this.#servers.manager.streams.deleteMessage(stream, seq, false);
    } catch {
      const left = await this.#servers.manager.direct
        .getMessage(stream, { seq })
        .catch(() => undefined);
      if (left === null) return false;
      return asked(this.#servers.manager.streams.deleteMessage(stream, seq, false));
    }
  }

  /** The message with that number. */
  at(place: Place, seq: number): Promise<StoredMessage | undefined> {
    return this.#at(place, { seq });
  }

  /** The copies of a message in all places; not the original, which has no id in its subject. */
  async copies(id: string, route: string): Promise<readonly StoredMessage[]> {
    const found = await Promise.all(
      (["live", "held", "dead"] as const).map((place) =>
        this.#at(place, { last_by_subj: this.#servers.layout.subject(place, route, id) }),
      ),
    );
    return found.filter((copy) => copy !== undefined);
  }

  async find(id: string): Promise<StoredMessage | undefined> {
    if (!/^[0-9a-z]{1,11}(?:-[0-9a-z]{1,4})?$/.test(id)) return undefined;
    const first = id.includes("-")
      ? undefined
      : await this.#at("live", { seq: Number.parseInt(id, 36) });
    // The message with that number may be the copy of another message.
    if (first?.id === id) return first;
    for (const place of ["live", "held", "dead"] as const) {
      const copy = await this.#at(place, { last_by_subj: this.#servers.layout.copies(place, id) });
      if (copy !== undefined) return copy;
    }
    return undefined;
  }

  /** The first message from `seq` on, of that route if there is one. Skips commit records. */
  async next(place: Place, seq: number, route?: string): Promise<StoredMessage | undefined> {
    const subjects =
      route === undefined
        ? this.#servers.layout.subjects(place)
        : this.#servers.layout.routeSubjects(place, route);
    for (let from = seq; ;) {
      const stored = await this.#stored(place, { seq: from, next_by_subj: subjects });
      if (stored === null) return undefined;
      const message = storedMessage(place, stored);
      if (message !== undefined) return message;
      from = stored.seq + 1;
    }
  }

  nextOfShard(shard: number, seq: number): Promise<StoredMessage | undefined> {
    return this.#at("live", { seq, next_by_subj: this.#servers.layout.shardSubjects(shard) });
  }

  async #at(
    place: Place,
    query: Parameters<JetStreamManager["direct"]["getMessage"]>[1],
  ): Promise<StoredMessage | undefined> {
    const stored = await this.#stored(place, query);
    return stored === null ? undefined : storedMessage(place, stored);
  }

  #stored(
    place: Place,
    query: Parameters<JetStreamManager["direct"]["getMessage"]>[1],
  ): Promise<StoredMsg | null> {
    return asked(
      this.#servers.manager.direct.getMessage(this.#servers.layout.stream(place), query),
    );
  }
}

function storedMessage(place: Place, { data, seq }: StoredMsg): StoredMessage | undefined {
  const framed = unframe(data);
  return framed && { ...framed, place, seq, id: idOf(framed.label, seq) };
}

export function idOf({ id }: Label, seq: number): string {
  return id ?? seq.toString(36);
}

export function described(label: Label, id: string, attempt: number): QueuedMessage {
  const { envelope, context, dedupId, route, sizeBytes, firstSeenMs, reason } = label;
  return {
    id,
    envelope,
    context: new Map(context),
    route,
    sizeBytes,
    firstSeenMs,
    attempt,
    ...(dedupId !== undefined && { dedupId }),
    ...(reason !== undefined && { reason }),
  };
}

/** JetStream does not report which messages are leased: those are listed as ready. */
export function listedFrom({ id, place, label }: StoredMessage, nowMs: number): ListedMessage {
  const { notBeforeMs, diedMs } = label;
  const message = described(label, id, label.retries);
  if (place === "dead") {
    return { ...message, state: "dead", ...(diedMs !== undefined && { dueMs: diedMs }) };
  }
  if (place === "held") return { ...message, state: "held" };
  const delayed = notBeforeMs !== undefined && notBeforeMs > nowMs;
  return delayed
    ? { ...message, state: "delayed", dueMs: notBeforeMs }
    : { ...message, state: "ready" };
}
