import { findBinding, type SigningSettings } from "@mailseal/config";
import { hookContext } from "../hooks/hook-context.ts";
import { beforeSignSchema } from "../hooks/policy-hooks.ts";
import { runHook } from "../hooks/run-hook.ts";
import type { Mail, PipelineContext } from "../pipeline/pipeline-context.ts";

export type SigningHookOutcome =
  | {
      readonly ok: true;
      readonly skip: boolean;
      readonly binding?: string | undefined;
      readonly signing?: SigningSettings | undefined;
    }
  | { readonly ok: false; readonly reason: string };

const unchanged: SigningHookOutcome = { ok: true, skip: false };

/** Asks the hook `beforeSign`, if there is one, for changes to what the config says. */
export async function askBeforeSign(
  { hooks, config }: PipelineContext,
  mail: Mail,
  settings: SigningSettings,
): Promise<SigningHookOutcome> {
  if (!hooks.hooks.has("beforeSign") || config.hooks === undefined) return unchanged;
  const { keyText: _secret, ...signing } = settings;
  const outcome = await runHook(
    hooks,
    {
      hook: "beforeSign",
      header: mail.open.header,
      sizeBytes: mail.stored.sizeBytes,
      context: { ...hookContext(mail), signing },
    },
    beforeSignSchema,
    config.hooks.timeout,
  );
  if (!outcome.ok || outcome.answer === undefined) {
    return outcome.ok ? unchanged : outcome;
  }
  const { skip, binding, signing: change } = outcome.answer;
  if (binding !== undefined && findBinding(config, binding) === undefined) {
    return {
      ok: false,
      reason: `its binding ${JSON.stringify(binding.slice(0, 80))} is not in the config`,
    };
  }
  return { ok: true, skip: skip === true, binding, signing: change };
}

/**
 * Settings with a hook's changes applied. If the scope has several signatures, a change applies to each of them,
 * unless the change is itself a list of signatures.
 */
export function changedSettings(
  settings: SigningSettings,
  change: SigningSettings,
): SigningSettings {
  const signatures =
    change.signatures ?? settings.signatures?.map((signature) => ({ ...signature, ...change }));
  return {
    ...settings,
    ...change,
    // The key's text goes before its path: without this, a path from the hook would lose to a text from the scope.
    ...(change.key !== undefined && change.keyText === undefined ? { keyText: undefined } : {}),
    ...(signatures === undefined ? {} : { signatures }),
  };
}

/** Whether a hook names the key, so that the key database is not asked. */
export function namesKey({ selector, key, keyText, signatures }: SigningSettings): boolean {
  return [selector, key, keyText, signatures].some((value) => value !== undefined);
}
