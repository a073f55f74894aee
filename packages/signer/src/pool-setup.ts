import type { KeyObject } from "node:crypto";
import type { SignatureOptions, SignerOptions } from "./options.ts";

/** What each thread of a pool begins with; a `PrivateKey` cannot travel, its `KeyObject` can. */
export interface PoolSetup {
  readonly signatures: readonly (readonly [Omit<SignatureOptions, "key">, KeyObject])[];
  readonly options: SignerOptions;
}
