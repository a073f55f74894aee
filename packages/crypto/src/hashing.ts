import { createHash as createNodeHash, hash as hashOnce, type Hash } from "node:crypto";
import type { HashName } from "./algorithm.ts";

/** A hash over bytes that come in pieces. */
export interface IncrementalHash {
  update(bytes: Uint8Array): void;
  /** Ends it. */
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
    return this.#hash.digest();
  }
}

export function createHash(name: HashName): IncrementalHash {
  return new NodeHash(name);
}

/** The digest of bytes that are all there. */
export function hash(name: HashName, bytes: Uint8Array): Uint8Array {
  return hashOnce(name, bytes, "buffer");
}
