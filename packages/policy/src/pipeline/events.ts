import type { VerificationAction } from "@mailseal/config";
import type { MadeSignature } from "@mailseal/signer";
import type { VerificationReport } from "@mailseal/verifier";
import type { HookName } from "../hooks/hook-call.ts";
import type { KeyLoad } from "../keys/key-store.ts";
import type { Disposition } from "./mail.ts";
import type { SkipReason } from "./pipeline.ts";

/** Whose message an event is of. */
export interface MessageEvent {
  readonly queueId: string;
  readonly binding: string | undefined;
  readonly fromDomain: string | undefined;
}

/** What the pipeline tells of its work, for logs and statistics. Texts are single printable lines. */
export type PolicyEvent =
  | (MessageEvent & {
      readonly type: "signed";
      readonly signatures: readonly MadeSignature[];
      readonly signingNs: number;
    })
  /** Delivered unsigned, or not delivered where `disposition` says so. */
  | (MessageEvent & {
      readonly type: "skipped";
      readonly reason: SkipReason;
      readonly disposition: Disposition;
    })
  /** One signature of a message could not be made; others may have been. */
  | (MessageEvent & {
      readonly type: "signature-failed";
      readonly domain: string;
      readonly selector: string | undefined;
      /** Begins with the file, where there is one. */
      readonly reason: string;
      /** What an operator does about it. */
      readonly remedy: string;
    })
  | (MessageEvent & {
      readonly type: "verified";
      readonly report: VerificationReport;
      /** The best result among the signatures that count, and what the policy does with it. */
      readonly result: string;
      readonly action: VerificationAction;
      readonly disposition: Disposition;
      readonly verificationNs: number;
    })
  | (MessageEvent & {
      readonly type: "publication";
      readonly domain: string;
      readonly selector: string;
      readonly status: "published" | "not-published" | "publication-unknown";
      readonly reason: string;
      readonly durationNs: number;
    })
  | (MessageEvent & {
      readonly type: "hook-failed";
      readonly hook: HookName;
      readonly reason: string;
    })
  /** What a hook left behind failed, when its message had its answer, or of no message that is known. */
  | {
      readonly type: "hook-stray";
      readonly hook: HookName | undefined;
      readonly queueId: string | undefined;
      readonly reason: string;
    }
  /** The message was answered with 4xx or 5xx for something that is not a verdict. */
  | (MessageEvent & { readonly type: "fault"; readonly reason: string })
  | ({ readonly type: "key-load" } & KeyLoad)
  | { readonly type: "key-permissions"; readonly path: string; readonly mode: string };

export type PolicyListener = (event: PolicyEvent) => void;

/** The same listener, but one that throws is not heard of: telling must not fail a message. */
export function guarded(listener: PolicyListener | undefined): PolicyListener {
  return (event) => {
    try {
      listener?.(event);
    } catch {
      // A listener's defect is its own.
    }
  };
}
