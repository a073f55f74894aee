import type { SignatureOptions } from "@mailseal/signer";
import type { VerifyOptions } from "@mailseal/verifier";
import type { Mail } from "./mail.ts";

/** Owner names and what DNS answers, as `zoneFromJson` reads them. */
export type ZoneRecords = Readonly<Record<string, unknown>>;

/** One thing that happens to signed mail, done as the program that does it does it. */
export interface Alteration {
  /** Unlike any other's. */
  readonly name: string;
  /**
   * What a person who saw it done would say: `code`, or `code field`. The first cause that is given
   * must be one of them.
   */
  readonly causes: readonly string[];
  /** True as well, though not what a person would say first. */
  readonly alsoTrue?: readonly string[];
  /** Undefined where a message has nothing to alter. */
  readonly alter: (mail: Mail) => Mail | undefined;
  /** How such mail is signed, where that is not the ordinary way. */
  readonly signing?: Partial<SignatureOptions>;
  /** What DNS answers, where that is not the published keys. */
  readonly zone?: (published: ZoneRecords) => ZoneRecords;
  /** Unix seconds, where it is not minutes after signing. */
  readonly receivedAt?: number;
  readonly verifying?: Partial<VerifyOptions>;
}
