import type { Message } from "@mailseal/syntax";
import type { VerificationReport } from "@mailseal/verifier";
import type {
  SendersHookContext,
  SigningHookContext,
  VerificationHookContext,
} from "./policy-hooks.ts";

export const hookNames = ["beforeSign", "afterVerify", "sendersOf"] as const;

/** The name of a hook. */
export type HookName = (typeof hookNames)[number];

/** The arguments of a hook: plain data that can be sent to a process, except for the header, of which the bytes are sent. */
export type HookCall = {
  readonly header: Message;
  readonly sizeBytes: number;
} &
  /** `sendersOf` is called before there is a message, with an empty header. */
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

/** The value that a hook returned, unchecked, or why it returned none. */
export type HookResult =
  | { readonly ok: true; readonly answer: unknown }
  | { readonly ok: false; readonly reason: string };

/** Calls hooks, in this process or in others. */
export interface HookCaller {
  readonly hooks: ReadonlySet<HookName>;
  /** Never rejects: if a hook throws, is late or ends its process, that is a result. */
  call(call: HookCall, timeoutMs: number): Promise<HookResult>;
  /** Call it after the last call. */
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
