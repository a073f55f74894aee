import type { VerificationAction } from "@mailseal/config";
import type { MadeSignature } from "@mailseal/signer";
import type { VerificationReport } from "@mailseal/verifier";
import type { HookName } from "../hooks/hook-call.ts";
import type { KeyLoad } from "../keys/key-store.ts";
import type { Disposition } from "./mail.ts";
import type { SkipReason } from "./pipeline.ts";

/** The message that an event is about. */
export interface MessageEvent {
  readonly queueId: string;
  readonly binding: string | undefined;
  readonly fromDomain: string | undefined;
}

/** Events of the pipeline, for logs and statistics. Each text is a single printable line. */
export type PolicyEvent =
  | (MessageEvent & {
      readonly type: "signed";
      readonly signatures: readonly MadeSignature[];
      readonly signingNs: number;
    })
  /** The message is delivered unsigned, unless `disposition` says that it is not delivered. */
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
      /** Begins with the name of the key's file, if it has one. */
      readonly reason: string;
      /** What the operator can do about it. */
      readonly remedy: string;
    })
  | (MessageEvent & {
      readonly type: "verified";
      readonly report: VerificationReport;
      /** The best result among the signatures that count, and the action that the config has for it. */
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
  /** Something that a hook left running failed after its message was answered, or without a known message. */
  | {
      readonly type: "hook-stray";
      readonly hook: HookName | undefined;
      readonly queueId: string | undefined;
      readonly reason: string;
    }
  /** The message was refused with 4xx or 5xx for a reason other than a verdict. */
  | (MessageEvent & { readonly type: "fault"; readonly reason: string })
  | ({ readonly type: "key-load" } & KeyLoad)
  | { readonly type: "key-permissions"; readonly path: string; readonly mode: string };

/** Called for each event of a pipeline. Exceptions from it are not caught. */
export type PolicyListener = (event: PolicyEvent) => void;

/** Swallows the listener's exceptions: reporting must never fail a message. */
export function guarded(listener: PolicyListener | undefined): PolicyListener {
  return (event) => {
    try {
      listener?.(event);
    } catch {
      // The message goes on.
    }
  };
}
