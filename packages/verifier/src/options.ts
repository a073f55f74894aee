import type { AlgorithmName } from "@mailseal/crypto";
import type { KeySource, TxtResolver } from "@mailseal/dns-record";

/** Where keys come from, and what the receiver's own policy asks of a signature. */
export interface VerifyOptions {
  /**
   * A `KeySource`, best kept for the life of the program, since it caches parsed keys; or a
   * `TxtResolver`, from which one is made for this message.
   */
  readonly keys: KeySource | TxtResolver;
  /** The time to verify at, Unix seconds. Default: now. */
  readonly now?: number;
  /** How far clocks may differ, for t= and x=. Default 300. */
  readonly clockSkewSeconds?: number;
  /** RSA keys below are `policy`. Default 1024 (RFC 8301 3.2). */
  readonly minimumRsaBits?: number;
  /** Legacy algorithms to accept. Default none: rsa-sha1 is `policy` (RFC 8301 3.1). */
  readonly allowAlgorithms?: readonly AlgorithmName[];
  /** Fields that must be signed where they exist in the message; `policy` otherwise. Default none beside From. */
  readonly requiredFields?: readonly string[];
  /** Signatures to evaluate, from the top; the rest are `policy`. Default 32. */
  readonly maxSignatures?: number;
  /** Distinct key records to look up; signatures beyond are `policy`. Default 16. */
  readonly maxLookups?: number;
}

export interface LocalPolicy {
  readonly now: number;
  readonly clockSkewSeconds: number;
  readonly minimumRsaBits: number;
  readonly allowAlgorithms: ReadonlySet<string>;
  readonly requiredFields: readonly string[];
  readonly maxSignatures: number;
  readonly maxLookups: number;
}

const noAlgorithms: ReadonlySet<string> = new Set();
const noFields: readonly string[] = [];

export function toLocalPolicy(options: VerifyOptions): LocalPolicy {
  return {
    now: options.now ?? Math.floor(Date.now() / 1000),
    clockSkewSeconds: options.clockSkewSeconds ?? 300,
    minimumRsaBits: options.minimumRsaBits ?? 1024,
    allowAlgorithms:
      options.allowAlgorithms === undefined ? noAlgorithms : new Set(options.allowAlgorithms),
    requiredFields: options.requiredFields?.map((name) => name.toLowerCase()) ?? noFields,
    maxSignatures: options.maxSignatures ?? 32,
    maxLookups: options.maxLookups ?? 16,
  };
}
