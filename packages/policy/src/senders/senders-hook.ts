import type { Config } from "@mailseal/config";
import { splitMessage } from "@mailseal/syntax";
import type { HookCaller } from "../hooks/hook-call.ts";
import { sendersOfSchema } from "../hooks/policy-hooks.ts";
import { runHook } from "../hooks/run-hook.ts";
import type { PolicyListener } from "../pipeline/events.ts";
import type { MailContext } from "../pipeline/mail.ts";

/** Addresses and domains that a login may send as; undefined if the hook returns nothing. */
export type SendersAnswer =
  | { readonly ok: true; readonly senders: readonly string[] | undefined }
  /** `defer`: whether `hooks.onError` asks for that. */
  | { readonly ok: false; readonly defer: boolean };

/** Asks the hooks module which addresses a login may send as. Never rejects. */
export type AskSenders = (login: string, context: MailContext) => Promise<SendersAnswer>;

const noMessage = splitMessage(new Uint8Array(0));

/** Calls `sendersOf` of the hooks module. Never rejects: a failure is reported as an event. */
export function senderHook(
  { hooks: options }: Config,
  hooks: HookCaller,
  onEvent: PolicyListener,
): AskSenders {
  return async (login, context) => {
    if (!hooks.hooks.has("sendersOf") || options === undefined) {
      return { ok: true, senders: undefined };
    }
    const outcome = await runHook(
      hooks,
      { hook: "sendersOf", login, context, header: noMessage, sizeBytes: 0 },
      sendersOfSchema,
      options.timeout,
    );
    if (outcome.ok) return { ok: true, senders: outcome.answer };
    const { queueId, binding } = context;
    const { reason } = outcome;
    onEvent({
      type: "hook-failed",
      hook: "sendersOf",
      queueId,
      binding,
      fromDomain: undefined,
      reason,
    });
    return { ok: false, defer: options.onError === "defer" };
  };
}
