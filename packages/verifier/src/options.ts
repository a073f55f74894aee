import { type AlgorithmName, algorithmNames } from "@mailseal/crypto";
import type { KeySource, TxtResolver } from "@mailseal/dns-record";
import {
  listOf,
  number,
  objectWith,
  oneOf,
  type OptionRules,
  optionsCheck,
  required,
  text,
  wholeNumber,
} from "@mailseal/errors";
import { badOption } from "./errors.ts";

/** The source of keys, and the receiver's own requirements for a signature. */
export interface VerifyOptions {
  /**
   * A `KeySource`, which caches parsed keys and is best kept for the life of the program, or a
   * `TxtResolver`, from which a `KeySource` is made for this message.
   */
  readonly keys: KeySource | TxtResolver;
  /** The time to verify at, Unix seconds. Default: now. */
  readonly now?: number;
  /** How far clocks may differ when t= and x= are checked. Default 300. */
  readonly clockSkewSeconds?: number;
  /** A signature by a shorter RSA key gets the result `policy`. Default 1024 (RFC 8301 3.2). */
  readonly minimumRsaBits?: number;
  /** Legacy algorithms to accept. Default none: rsa-sha1 gets the result `policy` (RFC 8301 3.1). */
  readonly allowAlgorithms?: readonly AlgorithmName[];
  /** Fields that must be signed if the message has them; otherwise the result is `policy`. Default: From only. */
  readonly requiredFields?: readonly string[];
  /** The number of signatures to evaluate, from the top; the others get the result `policy`. Default 32. */
  readonly maxSignatures?: number;
  /** The number of distinct key records to look up; signatures that need more get the result `policy`. Default 16. */
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

/** 12 digits, as t= and x= have at most (RFC 6376 3.5): milliseconds do not fit. */
const latestSeconds = 999_999_999_999;

export const verifyRules: OptionRules<VerifyOptions> = {
  keys: required(
    objectWith(
      "a KeySource or TxtResolver, such as keySource(nodeResolver())",
      "find",
      "resolveTxt",
    ),
  ),
  now: number(0, latestSeconds, "Unix seconds"),
  clockSkewSeconds: number(0, Infinity, "seconds"),
  minimumRsaBits: wholeNumber(512, Infinity, "bits"),
  allowAlgorithms: listOf("algorithms", oneOf(algorithmNames())),
  requiredFields: listOf("field names", text),
  maxSignatures: wholeNumber(0),
  maxLookups: wholeNumber(0),
};

/** Called for each message, so that options may change between messages; it costs less than a hundredth of verifying one. */
export const checkVerifyOptions: (options: unknown) => void = optionsCheck<VerifyOptions>(
  "options",
  verifyRules,
  badOption,
);

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
