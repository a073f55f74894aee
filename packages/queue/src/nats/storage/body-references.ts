import { JetStreamApiError, type StoredMsg } from "@nats-io/jetstream";
import { QueueError } from "../../errors.ts";
import { asked } from "../connection/server-error.ts";
import type { Servers } from "../connection/servers.ts";
import type { Share } from "./framing.ts";
import type { Reserve } from "./reserve.ts";

/** Records which of the messages that share a body have been settled. */
interface Left {
  readonly count: number;
  /** A bit for each, as base64. */
  readonly ended: string;
}

interface Batch {
  readonly indices: Set<number>;
  readonly last: Promise<boolean>;
}

/** JetStream's code if the last sequence number is not the expected one. */
const wrongSequence = 10_071;
const maxAttempts = 50;

/**
 * Records the end of each message that shares a body, so that the body is removed with the last one. Only a process that
 * knows the last version of the record can change it: two that settle messages at once do not undo each other.
 */
export class BodyReferences {
  readonly #servers: Servers;
  readonly #reserve: Reserve;
  /** Ends that wait for the change in progress. */
  readonly #waiting = new Map<string, Batch>();
  readonly #underWay = new Map<string, Promise<unknown>>();

  constructor(servers: Servers, reserve: Reserve) {
    this.#servers = servers;
    this.#reserve = reserve;
  }

  /** Creates the record; an existing one stays as it is. */
  async begin(key: string, count: number): Promise<void> {
    const none = { count, ended: Buffer.alloc(Math.ceil(count / 8)).toString("base64") };
    await this.#write(key, none, 0);
  }

  /** Resolves to true if it was the last message: the caller then removes the body. */
  end({ key, index }: Pick<Share, "key" | "index">): Promise<boolean> {
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) {
      waiting.indices.add(index);
      return waiting.last;
    }
    const indices = new Set([index]);
    const last = this.#endAll(key, indices);
    this.#waiting.set(key, { indices, last });
    return last;
  }

  /** Whether the message has been settled; undefined if there is no record, for instance after the last one. */
  async hasEnded({ key, index }: Pick<Share, "key" | "index">): Promise<boolean | undefined> {
    const found = await this.#readAnyhow(key);
    return found && isSet(Buffer.from(found.left.ended, "base64"), index);
  }

  /** Whether messages that share the body are not settled yet, or may still be added. */
  async isOpen(key: string): Promise<boolean> {
    const found = await this.#readSurely(key);
    return found !== undefined && !allSet(found.left);
  }

  /** Removes the record after the last message. */
  async clear(key: string): Promise<void> {
    await asked(
      this.#servers.manager.streams.purge(this.#servers.layout.shared, {
        filter: this.#servers.layout.left(key),
      }),
    );
  }

  async #endAll(key: string, indices: ReadonlySet<number>): Promise<boolean> {
    await this.#underWay.get(key)?.catch(() => undefined);
    // Messages settled in the same turn of the event loop join this change.
    await Promise.resolve();
    this.#waiting.delete(key);
    const change = this.#change(key, indices);
    this.#underWay.set(key, change);
    try {
      return await change;
    } finally {
      if (this.#underWay.get(key) === change) this.#underWay.delete(key);
    }
  }

  async #change(key: string, indices: ReadonlySet<number>): Promise<boolean> {
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      const found = await (attempt === 0 ? this.#readAnyhow(key) : this.#readSurely(key));
      // It is unknown whether this was the last message: the body is collected later.
      if (found === undefined) return false;
      const { left, seq } = found;
      const bits = Buffer.from(left.ended, "base64");
      const isNew = [...indices].some((index) => !isSet(bits, index));
      for (const index of indices) set(bits, index);
      const changed = { count: left.count, ended: bits.toString("base64") };
      if (!isNew || (await this.#write(key, changed, seq))) return allSet(changed);
    }
    throw new QueueError(
      "queue-unavailable",
      `could not record the end of a message in ${maxAttempts} attempts, because other processes changed the record each time. The next call tries again`,
    );
  }

  /** Resolves to false if the last version is another. */
  async #write(key: string, left: Left, lastSubjectSequence: number): Promise<boolean> {
    try {
      const { client, layout, timeoutMs } = this.#servers;
      const settings = { timeout: timeoutMs, expect: { lastSubjectSequence } };
      await this.#reserve.settle(() =>
        client.publish(layout.left(key), JSON.stringify(left), settings),
      );
      // Earlier versions of the record are useless; any that remain are removed when the record is cleared.
      if (lastSubjectSequence > 0) {
        await this.#servers.manager.streams
          .deleteMessage(this.#servers.layout.shared, lastSubjectSequence, false)
          .catch(() => false);
      }
      return true;
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === wrongSequence) return false;
      return asked(Promise.reject(error));
    }
  }

  async #readAnyhow(key: string): Promise<{ left: Left; seq: number } | undefined> {
    return (await this.#read(key)) ?? this.#readSurely(key);
  }

  async #read(key: string): Promise<{ left: Left; seq: number } | undefined> {
    return parsed(
      await asked(
        this.#servers.manager.direct.getMessage(this.#servers.layout.shared, {
          last_by_subj: this.#servers.layout.left(key),
        }),
      ),
    );
  }

  /** Asks the leader, because other servers may be behind. */
  async #readSurely(key: string): Promise<{ left: Left; seq: number } | undefined> {
    return parsed(
      await asked(
        this.#servers.manager.streams.getMessage(this.#servers.layout.shared, {
          last_by_subj: this.#servers.layout.left(key),
        }),
      ),
    );
  }
}

function parsed(message: StoredMsg | null): { left: Left; seq: number } | undefined {
  return message === null ? undefined : { left: message.json<Left>(), seq: message.seq };
}

function isSet(bits: Uint8Array, index: number): boolean {
  return ((bits[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;
}

function set(bits: Uint8Array, index: number): void {
  bits[index >> 3] = (bits[index >> 3] ?? 0) | (1 << (index & 7));
}

function allSet({ count, ended }: Left): boolean {
  const bits = Buffer.from(ended, "base64");
  for (let index = 0; index < count; index += 1) if (!isSet(bits, index)) return false;
  return true;
}
