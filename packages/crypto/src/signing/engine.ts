import type { PrivateKey } from "../keys/private-key.ts";
import type { PublicKey } from "../keys/public-key.ts";
import type { AlgorithmName, HashName } from "./algorithm.ts";
import { createHash, hash, type IncrementalHash } from "./hashing.ts";
import { sign, verify } from "./signing.ts";

/** An implementation of the arithmetic. All engines return the same bytes. */
export interface Engine {
  sign(algorithm: AlgorithmName, key: PrivateKey, signedText: Uint8Array): Uint8Array;
  verify(
    algorithm: AlgorithmName,
    key: PublicKey,
    signedText: Uint8Array,
    signature: Uint8Array,
  ): boolean;
  hash(name: HashName, bytes: Uint8Array): Uint8Array;
  createHash(name: HashName): IncrementalHash;
}

/** The engine of this package's functions: `node:crypto`, which is OpenSSL. */
export const nodeEngine: Engine = { sign, verify, hash, createHash };
