import type { Alteration } from "./alteration.ts";
import { bodyEncodingAlterations } from "./body-encodings.ts";
import { bodyStructureAlterations } from "./body-structure.ts";
import { bodyTextAlterations } from "./body-text.ts";
import { fieldAlterations } from "./header-fields.ts";
import { listAlterations } from "./header-lists.ts";
import { rewriteAlterations } from "./header-rewrites.ts";
import { keyAlterations } from "./keys.ts";

/**
 * Where the change cannot be undone but the header is proven, and the hash of the body in it, that the body
 * was edited is true of any change of the body; it explains only what nobody could say better.
 */
function ofBody(alteration: Alteration): Alteration {
  return { ...alteration, alsoTrue: [...(alteration.alsoTrue ?? []), "body-edited"] };
}

/** Those of the body, of the header, and of the key, time and policy. */
export const alterations: {
  readonly body: readonly Alteration[];
  readonly header: readonly Alteration[];
  readonly key: readonly Alteration[];
} = {
  body: [...bodyTextAlterations, ...bodyEncodingAlterations, ...bodyStructureAlterations].map(
    ofBody,
  ),
  header: [...listAlterations, ...fieldAlterations, ...rewriteAlterations],
  key: keyAlterations,
};
