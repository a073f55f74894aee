import type { Alteration } from "./alteration.ts";
import { bodyEncodingAlterations } from "./body-encodings.ts";
import { bodyStructureAlterations } from "./body-structure.ts";
import { bodyTextAlterations } from "./body-text.ts";
import { fieldAlterations } from "./header-fields.ts";
import { listAlterations } from "./header-lists.ts";
import { rewriteAlterations } from "./header-rewrites.ts";
import { keyAlterations } from "./keys.ts";

/** Those of the body, of the header, and of the key, time and policy. */
export const alterations: {
  readonly body: readonly Alteration[];
  readonly header: readonly Alteration[];
  readonly key: readonly Alteration[];
} = {
  body: [...bodyTextAlterations, ...bodyEncodingAlterations, ...bodyStructureAlterations],
  header: [...listAlterations, ...fieldAlterations, ...rewriteAlterations],
  key: keyAlterations,
};
