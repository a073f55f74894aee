import { Buffer } from "node:buffer";

/** The same bytes with the methods of a `Buffer`: the array itself if it is one, otherwise a view. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return bytes instanceof Buffer
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
