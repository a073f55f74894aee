import type { VerificationReport } from "@mailseal/verifier";
import type { HookName, HookResult } from "./hook-call.ts";

export interface CarriedCall {
  readonly kind: "call";
  /** From 1, in the order given. */
  readonly id: number;
  readonly hook: HookName;
  /** The header with its blank line. */
  readonly header: Uint8Array;
  readonly sizeBytes: number;
  readonly context: { readonly queueId: string };
  readonly report?: VerificationReport;
  readonly login?: string;
}

/** What went wrong when its call had its answer, or outside of any call. */
export interface StrayFailure {
  /** Of which call, as far as that is known. */
  readonly hook: HookName | undefined;
  readonly queueId: string | undefined;
  readonly reason: string;
}

export type ToProcess =
  | CarriedCall
  /** The call's time is over. It is answered with "aborted", by a process that can. */
  | { readonly kind: "abort"; readonly id: number };

export type FromProcess =
  | { readonly kind: "loaded"; readonly hooks: readonly HookName[] }
  | { readonly kind: "unusable"; readonly reason: string }
  | { readonly kind: "results"; readonly results: readonly (readonly [number, HookResult])[] }
  | { readonly kind: "aborted"; readonly id: number }
  | ({ readonly kind: "stray" } & StrayFailure);
