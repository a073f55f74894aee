import { createHash as createNodeHash, hash as hashOnce, type Hash } from "node:crypto";
import type { HashName } from "./algorithm.ts";

/** A hash of bytes that arrive in pieces. */
export interface IncrementalHash {
  update(bytes: Uint8Array): void;
  /** The digest. Ends the hash: it takes no more bytes. */
  digest(): Uint8Array;
}

class NodeHash implements IncrementalHash {
  readonly #hash: Hash;

  constructor(name: HashName) {
    this.#hash = createNodeHash(name);
  }

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  digest(): Uint8Array {
    return bytesOf(this.#hash.digest("binary"));
  }
}

export function createHash(name: HashName): IncrementalHash {
  return new NodeHash(name);
}

/** The digest of bytes in one piece. */
export function hash(name: HashName, bytes: Uint8Array): Uint8Array {
  return bytesOf(hashText(name, bytes));
}

/**
 * The digest as latin1 text, one character per byte, which Node returns in half the time of a buffer.
 * "binary" is Node's older name for latin1.
 */
export function hashText(name: HashName, bytes: Uint8Array): string {
  return hashOnce(name, bytes, "binary");
}

function bytesOf(digest: string): Uint8Array {
  return Buffer.from(digest, "latin1");
}
