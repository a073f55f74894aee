import type { Message } from "@mailseal/syntax";
import type { VerificationReport } from "@mailseal/verifier";
import type {
  SendersHookContext,
  SigningHookContext,
  VerificationHookContext,
} from "./policy-hooks.ts";

export const hookNames = ["beforeSign", "afterVerify", "sendersOf"] as const;

export type HookName = (typeof hookNames)[number];

/** What a hook is asked with: plain data that a process can be sent, but for the header, which is bytes. */
export type HookCall = {
  readonly header: Message;
  readonly sizeBytes: number;
} &
  /** Asked before there is a message: its header is empty. */
  (
    | {
        readonly hook: "sendersOf";
        readonly login: string;
        readonly context: Omit<SendersHookContext, "signal">;
      }
    | { readonly hook: "beforeSign"; readonly context: Omit<SigningHookContext, "signal"> }
    | {
        readonly hook: "afterVerify";
        readonly report: VerificationReport;
        readonly context: Omit<VerificationHookContext, "signal">;
      }
  );

/** What a hook gave back, unchecked; or why it gave nothing back. */
export type HookResult =
  | { readonly ok: true; readonly answer: unknown }
  | { readonly ok: false; readonly reason: string };

/** Hooks, wherever they run. */
export interface HookCaller {
  readonly hooks: ReadonlySet<HookName>;
  /** Never rejects: a hook that throws, is late or takes its process with it is a result. */
  call(call: HookCall, timeoutMs: number): Promise<HookResult>;
  /** To be called after the last call. */
  close(): void;
}

export const noHooks: HookCaller = {
  hooks: new Set(),
  call: async () => ({ ok: true, answer: undefined }),
  close: () => undefined,
};

export function tooLate(timeoutMs: number): HookResult {
  return { ok: false, reason: `no answer within ${timeoutMs} ms` };
}
