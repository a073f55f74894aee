import type { KeyObject } from "node:crypto";
import type { CarriedSignature } from "./carried-signatures.ts";
import type { SignatureOptions, SignerOptions } from "./options.ts";

/** What each thread of a pool begins with; a `PrivateKey` cannot travel, its `KeyObject` can. */
export interface PoolSetup {
  readonly signatures: readonly (readonly [Omit<SignatureOptions, "key">, KeyObject])[];
  readonly options: SignerOptions;
}

export interface SignedInThread {
  readonly fields: string;
  /** In the order of the options. */
  readonly signatures: readonly CarriedSignature[];
  readonly message: Uint8Array;
}
