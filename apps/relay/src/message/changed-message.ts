import { Buffer } from "node:buffer";
import type { StoredMessage } from "@mailseal/policy";

/** Offsets in a message. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** `message` with text before it and pieces of it left out. */
export function changedMessage(
  message: StoredMessage,
  prefix: string,
  removed: readonly Range[],
): StoredMessage {
  const head = Buffer.from(prefix, "utf8");
  const ranges = removed.toSorted((one, other) => one.start - other.start);
  const cut = ranges.reduce((sum, { start, end }) => sum + end - start, 0);
  return {
    sizeBytes: head.length + message.sizeBytes - cut,
    chunks: () => {
      const chunks = message.chunks();
      return Symbol.iterator in chunks ? whole(head, chunks, ranges) : pieces(head, chunks, ranges);
    },
  };
}

function whole(
  head: Uint8Array,
  chunks: Iterable<Uint8Array>,
  ranges: readonly Range[],
): Uint8Array[] {
  const kept = [head];
  let offset = 0;
  for (const chunk of chunks) {
    kept.push(...keptParts(chunk, offset, ranges));
    offset += chunk.length;
  }
  return kept;
}

async function* pieces(
  head: Uint8Array,
  chunks: AsyncIterable<Uint8Array>,
  ranges: readonly Range[],
): AsyncGenerator<Uint8Array> {
  yield head;
  let offset = 0;
  for await (const chunk of chunks) {
    yield* keptParts(chunk, offset, ranges);
    offset += chunk.length;
  }
}

function keptParts(chunk: Uint8Array, offset: number, ranges: readonly Range[]): Uint8Array[] {
  const kept: Uint8Array[] = [];
  let at = 0;
  for (const { start, end } of ranges) {
    const cutStart = Math.min(Math.max(start - offset, at), chunk.length);
    if (cutStart > at) {
      kept.push(chunk.subarray(at, cutStart));
    }
    at = Math.min(Math.max(end - offset, at), chunk.length);
  }
  if (at < chunk.length) {
    kept.push(chunk.subarray(at));
  }
  return kept;
}
