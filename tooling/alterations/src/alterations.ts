import type { Alteration } from "./alteration.ts";
import { bodyEncodingAlterations } from "./body-encodings.ts";
import { bodyStructureAlterations } from "./body-structure.ts";
import { bodyTextAlterations } from "./body-text.ts";
import { fieldAlterations } from "./header-fields.ts";
import { listAlterations } from "./header-lists.ts";
import { rewriteAlterations } from "./header-rewrites.ts";
import { keyAlterations } from "./keys.ts";

/**
 * "body-edited" is also true of every change of the body. `explain` reports it if the change cannot be undone, but the
 * header, and the body hash in it, are proven.
 */
function ofBody(alteration: Alteration): Alteration {
  return { ...alteration, alsoTrue: [...(alteration.alsoTrue ?? []), "body-edited"] };
}

/** Alterations of the body, of the header, and of key, time and policy. */
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
