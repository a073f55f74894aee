import type { KeyObject } from "node:crypto";
import type { SignatureOptions, SignerOptions } from "./options.ts";

/** The data that each thread of a pool starts with. A `PrivateKey` cannot be sent to a thread, but its `KeyObject` can. */
export interface PoolSetup {
  readonly signatures: readonly (readonly [Omit<SignatureOptions, "key">, KeyObject])[];
  readonly options: SignerOptions;
}
