import { QueueError } from "../errors.ts";
import type { Piece } from "./thread/protocol.ts";

/** A body piece by piece, each asked for when the one before is used up. */
export async function* readBody(
  read: (index: number) => Promise<Piece>,
): AsyncGenerator<Uint8Array, void, void> {
  for (let index = 0; ; index += 1) {
    // One piece at a time keeps memory flat.
    const piece = await read(index);
    if (piece === undefined) {
      if (index === 0) return;
      throw new QueueError("lease-lost", "expected the rest of the body, got none: it was removed");
    }
    yield piece.bytes;
    if (piece.last) return;
  }
}
