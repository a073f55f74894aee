import type { SigningSettings } from "@mailseal/config";

/**
 * Settings with a hook's changes above them. Where the scope has several signatures, a change holds for each
 * of them, unless the change is another list.
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
    // Each spoken of alone above; a key by its path would otherwise lose to the scope's text.
    ...(change.key !== undefined && change.keyText === undefined ? { keyText: undefined } : {}),
    ...(signatures === undefined ? {} : { signatures }),
  };
}

/** Whether a hook says which key is to be used, so that the key database is not asked. */
export function namesKey({ selector, key, keyText, signatures }: SigningSettings): boolean {
  return [selector, key, keyText, signatures].some((value) => value !== undefined);
}
