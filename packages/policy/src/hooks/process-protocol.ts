import type { VerificationReport } from "@mailseal/verifier";
import type { HookName, HookResult } from "./hook-call.ts";

export interface CarriedCall {
  readonly kind: "call";
  /** Counts from 1, in the order of the calls. */
  readonly id: number;
  readonly hook: HookName;
  /** The header with its blank line. */
  readonly header: Uint8Array;
  readonly sizeBytes: number;
  readonly context: { readonly queueId: string };
  readonly report?: VerificationReport;
  readonly login?: string;
}

/** A failure after its call was answered, or outside of any call. */
export interface StrayFailure {
  /** The call that it belongs to, if that is known. */
  readonly hook: HookName | undefined;
  readonly queueId: string | undefined;
  readonly reason: string;
}

export type ToProcess =
  | CarriedCall
  /** The time of the call is over. A process that still responds answers with "aborted". */
  | { readonly kind: "abort"; readonly id: number };

export type FromProcess =
  | { readonly kind: "loaded"; readonly hooks: readonly HookName[] }
  | { readonly kind: "unusable"; readonly reason: string }
  | { readonly kind: "results"; readonly results: readonly (readonly [number, HookResult])[] }
  | { readonly kind: "aborted"; readonly id: number }
  | ({ readonly kind: "stray" } & StrayFailure);
