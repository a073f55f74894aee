import { QueueError } from "../errors.ts";
import type { Piece } from "./thread/protocol.ts";

/** Yields a body piece by piece, and requests each piece when the previous one has been consumed. */
export async function* readBody(
  read: (index: number) => Promise<Piece>,
): AsyncGenerator<Uint8Array, void, void> {
  for (let index = 0; ; index += 1) {
    // One piece at a time keeps memory flat.
    const piece = await read(index);
    if (piece === undefined) {
      if (index === 0) return;
      throw new QueueError("lease-lost", "the message was removed while its body was read");
    }
    yield piece.bytes;
    if (piece.last) return;
  }
}
