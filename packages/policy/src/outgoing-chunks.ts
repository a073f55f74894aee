import type { FieldRemoval, StoredMessage } from "./mail.ts";
import type { Processed } from "./pipeline.ts";

/**
 * The message as it is to be sent: the new fields, then all of its bytes but the removed fields.
 * Nothing is copied.
 */
export async function* outgoingChunks(
  message: StoredMessage,
  { prepend, remove }: Pick<Processed, "prepend" | "remove">,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (prepend !== "") yield Buffer.from(prepend, "utf8");
  const removals = remove.toSorted((one, other) => one.start - other.start);
  let offset = 0;
  for await (const piece of message.chunks()) {
    yield* kept(piece, offset, removals);
    offset += piece.length;
  }
}

/** What is left of a piece that begins at `offset`. */
function* kept(
  piece: Uint8Array,
  offset: number,
  removals: readonly FieldRemoval[],
): Generator<Uint8Array> {
  let from = 0;
  for (const { start, end } of removals) {
    if (end <= offset + from || start >= offset + piece.length) continue;
    if (start > offset + from) yield piece.subarray(from, start - offset);
    from = Math.min(end - offset, piece.length);
  }
  if (from < piece.length) yield from === 0 ? piece : piece.subarray(from);
}
