import type { KeyObject } from "node:crypto";
import type { SignatureOptions, SignerOptions } from "./options.ts";

/** The data that each thread of a pool starts with. */
export type PoolSetup = SignerOptions;

/** A message and the number of its signer, for which the thread asks the pool once. */
export type PoolTask = readonly [signer: number, message: Uint8Array];

/** The options of a signer. A `PrivateKey` cannot be sent to a thread, but its `KeyObject` can. */
export type CarriedSignatures = readonly (readonly [Omit<SignatureOptions, "key">, KeyObject])[];
