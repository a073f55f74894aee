import type { ObjectStore } from "@nats-io/obj";
import { QueueError } from "../../errors.ts";
import { asked } from "../connection/server-error.ts";
import type { Servers } from "../connection/servers.ts";
import type { Framed } from "./framing.ts";

/** The maximum number of pieces being sent at a time. */
const atOnce = 4;

/** A stored body. */
export interface PutBody {
  readonly pieces: readonly number[];
  readonly sizeBytes: number;
}

/** Stores the bodies that are not part of their message, because several messages share them or they are too long. */
export class Bodies {
  readonly #servers: Servers;
  /** The object store in which earlier versions kept long bodies; absent if there never was one. */
  readonly #store: ObjectStore | undefined;

  constructor(servers: Servers, store: ObjectStore | undefined) {
    this.#servers = servers;
    this.#store = store;
  }

  /** Resolves when the servers have all pieces. If a piece fails, the stored pieces are removed. */
  async put(key: string, body: AsyncIterable<Uint8Array>): Promise<PutBody> {
    const pieces: Promise<number>[] = [];
    let sizeBytes = 0;
    try {
      for await (const piece of body) {
        sizeBytes += piece.length;
        const waitsFor = pieces[pieces.length - atOnce];
        const put = this.#putPiece(key, piece);
        // Awaited below, or not at all after another failure.
        put.catch(() => undefined);
        pieces.push(put);
        await waitsFor;
      }
      return { pieces: await Promise.all(pieces), sizeBytes };
    } catch (error) {
      await Promise.allSettled(pieces);
      await this.removeKey(key).catch(() => undefined);
      throw error;
    }
  }

  /** The body of a stored message. Rejects with "body-missing" only if it is certain that the servers no longer have it. */
  async *read({ label, body }: Framed): AsyncGenerator<Uint8Array, void, void> {
    if (label.share !== undefined) {
      for (const seq of label.share.pieces) {
        // One piece at a time keeps memory flat.
        yield await this.#piece(seq);
      }
    } else if (label.object === undefined) {
      yield body;
    } else {
      yield* this.#object(label.object);
    }
  }

  /** Removes the body of a message that shares it with no other, as earlier versions stored long bodies. */
  async removeOwn({ label }: Framed): Promise<void> {
    if (label.object !== undefined && label.share === undefined) {
      await this.#store?.delete(label.object).catch(() => undefined);
    }
  }

  async removeKey(key: string): Promise<void> {
    await asked(
      this.#servers.manager.streams.purge(this.#servers.layout.shared, {
        filter: this.#servers.layout.body(key),
      }),
    );
  }

  async #putPiece(key: string, piece: Uint8Array): Promise<number> {
    const { seq } = await asked(
      this.#servers.client.publish(this.#servers.layout.body(key), piece, {
        timeout: this.#servers.timeoutMs,
      }),
    );
    return seq;
  }

  async #piece(seq: number): Promise<Uint8Array> {
    const stream = this.#servers.layout.shared;
    const found =
      (await asked(this.#servers.manager.direct.getMessage(stream, { seq }))) ??
      // The server that answered may be behind: the leader is not.
      (await asked(this.#servers.manager.streams.getMessage(stream, { seq })));
    if (found === null) throw bodyMissing();
    return found.data;
  }

  async *#object(name: string): AsyncGenerator<Uint8Array, void, void> {
    const found =
      (await asked(this.#store?.get(name) ?? Promise.resolve(null))) ??
      (await asked(this.#store?.get(name) ?? Promise.resolve(null)));
    if (found === null) throw bodyMissing();
    yield* found.data as unknown as AsyncIterable<Uint8Array>;
    // The client resolves to undefined, not null, on success.
    const error: unknown = await found.error;
    if (error instanceof Error) await asked(Promise.reject(error));
  }
}

function bodyMissing(): QueueError {
  return new QueueError(
    "body-missing",
    "the body of a queued message is missing: it was removed, or lost with a server. There is nothing left to deliver",
  );
}
