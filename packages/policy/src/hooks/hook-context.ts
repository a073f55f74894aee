import type { Mail } from "../pipeline/pipeline-context.ts";
import type { HookContext } from "./policy-hooks.ts";

/** The context that a hook gets a copy of. */
export function hookContext({ context, envelope, binding }: Mail): Omit<HookContext, "signal"> {
  return {
    ...context,
    envelope: { from: envelope.from, recipients: envelope.recipients },
    ...(binding === undefined ? {} : { binding }),
  };
}
