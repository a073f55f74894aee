import { randomUUID } from "node:crypto";
import type { ObjectStore } from "@nats-io/obj";
import { QueueError } from "../queue-error.ts";
import type { Framed } from "./framing.ts";
import { asked, serverError } from "./server-error.ts";

/** Bodies too long for a message, in the object store. */
export class Bodies {
  readonly #store: ObjectStore;
  readonly #timeoutMs: number;

  constructor(store: ObjectStore, timeoutMs: number) {
    this.#store = store;
    this.#timeoutMs = timeoutMs;
  }

  /** Resolves to the name it is stored under; rejects with "body-failed" where reading it fails. */
  async put(pieces: AsyncGenerator<Uint8Array>): Promise<{ name: string; sizeBytes: number }> {
    const name = randomUUID();
    let failed: unknown;
    const source = ReadableStream.from(
      (async function* () {
        try {
          for await (const piece of pieces) yield piece;
        } catch (error) {
          failed = error;
          throw error;
        }
      })(),
    );
    try {
      const { size } = await this.#store.put({ name }, source as ReadableStream<Uint8Array>, {
        timeout: this.#timeoutMs,
      });
      return { name, sizeBytes: size };
    } catch (error) {
      if (failed === undefined) throw serverError(error);
      const reason = failed instanceof Error ? failed.message : "it failed";
      throw new QueueError("body-failed", `expected the body's bytes, got: ${reason}`, {
        cause: failed,
      });
    }
  }

  /** The body of a stored message, wherever it is. */
  async *read({ label, body }: Framed): AsyncGenerator<Uint8Array, void, void> {
    if (label.object === undefined) {
      yield body;
      return;
    }
    const found = await asked(this.#store.get(label.object));
    if (found === null) {
      throw new QueueError(
        "lease-lost",
        "expected a body in the object store, got none: it was removed",
      );
    }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Node's stream is one
    yield* found.data as unknown as AsyncIterable<Uint8Array>;
    // Undefined, not null, where all went well.
    const error: unknown = await found.error;
    if (error instanceof Error) throw serverError(error);
  }

  /** A body that stays is removed by its age. */
  async remove({ label }: Framed): Promise<void> {
    if (label.object !== undefined) await this.#store.delete(label.object).catch(() => undefined);
  }
}
