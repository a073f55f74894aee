import { Buffer } from "node:buffer";
import {
  type ByteRange,
  changedHeader,
  formatFields,
  type HeaderChanges,
  keptPieces,
  type Message,
} from "@mailseal/syntax";
import type { StoredMessage } from "./mail.ts";

/**
 * A message with fields put on top and fields taken out, as it is to be sent. Nothing of it is copied, and
 * its header, if it was read before, is not read again.
 *
 * ```ts
 * const processed = await pipeline.process(message, envelope, context);
 * for await (const bytes of changedMessage(message, processed).chunks()) socket.write(bytes);
 * ```
 */
export function changedMessage(
  message: StoredMessage & { readonly header: Message },
  changes: HeaderChanges,
): StoredMessage & { readonly header: Message };
/**
 * The same for a message whose header has not been read.
 *
 * ```ts
 * const message: StoredMessage = { sizeBytes: bytes.length, chunks: () => [bytes] };
 * const changed = changedMessage(message, await pipeline.process(message, envelope, context));
 * ```
 */
export function changedMessage(message: StoredMessage, changes: HeaderChanges): StoredMessage;
export function changedMessage(message: StoredMessage, changes: HeaderChanges): StoredMessage {
  return new ChangedMessage(message, changes);
}

class ChangedMessage implements StoredMessage {
  readonly sizeBytes: number;
  readonly #message: StoredMessage;
  readonly #changes: HeaderChanges;
  readonly #top: Uint8Array;
  readonly #removed: readonly ByteRange[];
  #header: Message | undefined;

  constructor(message: StoredMessage, changes: HeaderChanges) {
    const { prepend, remove } = changes;
    this.#message = message;
    this.#changes = changes;
    this.#top = Buffer.from(formatFields(prepend), "utf8");
    this.#removed = remove.toSorted((one, other) => one.start - other.start);
    const cut = remove.reduce((sum, { start, end }) => sum + end - start, 0);
    this.sizeBytes = this.#top.length + message.sizeBytes - cut;
  }

  /** Made when it is asked for: not every reader of a message needs its header. */
  get header(): Message | undefined {
    const { header } = this.#message;
    return (this.#header ??= header && changedHeader(header, this.#changes));
  }

  chunks(): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
    const chunks = this.#message.chunks();
    return Symbol.iterator in chunks
      ? whole(this.#top, chunks, this.#removed)
      : inPieces(this.#top, chunks, this.#removed);
  }
}

/**
 * The chunks of a changed message.
 *
 * ```ts
 * for await (const bytes of outgoingChunks(message, processed)) socket.write(bytes);
 * ```
 *
 * @deprecated Use `changedMessage(message, changes).chunks()`.
 */
export const outgoingChunks = (
  message: StoredMessage,
  changes: HeaderChanges,
): ReturnType<StoredMessage["chunks"]> => changedMessage(message, changes).chunks();

function whole(
  top: Uint8Array,
  chunks: Iterable<Uint8Array>,
  removed: readonly ByteRange[],
): Uint8Array[] {
  const kept = top.length === 0 ? [] : [top];
  let offset = 0;
  for (const chunk of chunks) {
    kept.push(...keptPieces(chunk, offset, removed));
    offset += chunk.length;
  }
  return kept;
}

async function* inPieces(
  top: Uint8Array,
  chunks: AsyncIterable<Uint8Array>,
  removed: readonly ByteRange[],
): AsyncGenerator<Uint8Array, void, undefined> {
  if (top.length > 0) yield top;
  let offset = 0;
  for await (const chunk of chunks) {
    yield* keptPieces(chunk, offset, removed);
    offset += chunk.length;
  }
}
