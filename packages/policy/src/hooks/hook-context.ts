import type { Mail } from "../pipeline-parts.ts";
import type { HookContext } from "./policy-hooks.ts";

/** A copy of what is known of the message, so that a hook that writes to it changes nothing of ours. */
export function hookContext(mail: Mail, signal: AbortSignal): HookContext {
  const { context, envelope, binding } = mail;
  return {
    ...context,
    variables: new Map(context.variables),
    envelope: { from: envelope.from, recipients: [...envelope.recipients] },
    ...(binding === undefined ? {} : { binding }),
    signal,
  };
}
