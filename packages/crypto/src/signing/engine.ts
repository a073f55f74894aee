import type { PrivateKey } from "../keys/private-key.ts";
import type { PublicKey } from "../keys/public-key.ts";
import type { AlgorithmName, HashName } from "./algorithm.ts";
import { createHash, hash, type IncrementalHash } from "./hashing.ts";
import { sign, verify } from "./signing.ts";

/** An implementation of the arithmetic. All engines return the same bytes. */
export interface Engine {
  /** As `sign` of this package. */
  sign(algorithm: AlgorithmName, key: PrivateKey, signedText: Uint8Array): Uint8Array;
  /** As `verify` of this package. */
  verify(
    algorithm: AlgorithmName,
    key: PublicKey,
    signedText: Uint8Array,
    signature: Uint8Array,
  ): boolean;
  /** As `hash` of this package. */
  hash(name: HashName, bytes: Uint8Array): Uint8Array;
  /** As `createHash` of this package. */
  createHash(name: HashName): IncrementalHash;
}

/**
 * The engine of this package's functions: `node:crypto`, which is OpenSSL.
 *
 * ```ts
 * nodeEngine.verify("rsa-sha256", publicKey, text, signature);
 * ```
 */
export const nodeEngine: Engine = { sign, verify, hash, createHash };
