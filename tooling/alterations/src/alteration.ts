import type { SignatureOptions } from "@mailseal/signer";
import type { VerifyOptions } from "@mailseal/verifier";
import type { Mail } from "./mail.ts";

/** DNS answers by owner name, in the format of `zoneFromJson`. */
export type ZoneRecords = Readonly<Record<string, unknown>>;

/** One change to signed mail, made exactly as the real program makes it. */
export interface Alteration {
  /** Unique. */
  readonly name: string;
  /**
   * The causes that a witness of the change would name: `code`, or `code field`. The first reported cause must be one of
   * them.
   */
  readonly causes: readonly string[];
  /** Causes that are also true, but not the first that a person would name. */
  readonly alsoTrue?: readonly string[];
  /** Undefined if the message has nothing to alter. */
  readonly alter: (mail: Mail) => Mail | undefined;
  /** The signing options of such mail, if they are unusual. */
  readonly signing?: Partial<SignatureOptions>;
  /** The DNS answers, if they differ from the published keys. */
  readonly zone?: (published: ZoneRecords) => ZoneRecords;
  /** The time of verification in Unix seconds, if it is not minutes after signing. */
  readonly receivedAt?: number;
  readonly verifying?: Partial<VerifyOptions>;
}
