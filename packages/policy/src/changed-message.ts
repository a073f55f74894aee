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
 */
export function changedMessage(
  message: StoredMessage & { readonly header: Message },
  changes: HeaderChanges,
): StoredMessage & { readonly header: Message };
export function changedMessage(message: StoredMessage, changes: HeaderChanges): StoredMessage;
export function changedMessage(message: StoredMessage, changes: HeaderChanges): StoredMessage {
  const { header } = message;
  const top = Buffer.from(formatFields(changes.prepend), "utf8");
  const removed = changes.remove.toSorted((one, other) => one.start - other.start);
  const cut = removed.reduce((sum, { start, end }) => sum + end - start, 0);
  const changed = {
    sizeBytes: top.length + message.sizeBytes - cut,
    chunks: () => {
      const chunks = message.chunks();
      return Symbol.iterator in chunks
        ? whole(top, chunks, removed)
        : inPieces(top, chunks, removed);
    },
  };
  if (header === undefined) return changed;
  let kept: Message | undefined;
  return {
    ...changed,
    // Not every reader of the message asks for its header.
    get header() {
      return (kept ??= changedHeader(header, changes));
    },
  };
}

/** @deprecated Use `changedMessage(message, changes).chunks()`. */
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
