import type { Mail } from "../pipeline/pipeline-context.ts";
import type { HookContext } from "./policy-hooks.ts";

/** What is known of the message; whoever calls the hook gives it a copy of this. */
export function hookContext({ context, envelope, binding }: Mail): Omit<HookContext, "signal"> {
  return {
    ...context,
    envelope: { from: envelope.from, recipients: envelope.recipients },
    ...(binding === undefined ? {} : { binding }),
  };
}
