import { accept, localFault, missingKey } from "../answers.ts";
import type { SigningSettings } from "../config/signing-options.ts";
import type { KeyStore } from "../keys/key-store.ts";
import type { Disposition } from "../mail.ts";
import type { SkipReason } from "../pipeline.ts";
import { type FindRows, type PlannedSignature, planSignatures } from "./planned-signature.ts";
import type { SignerCache } from "./signer-cache.ts";
import { type FailedSignature, findKeys, type UsableSignature } from "./usable-signature.ts";

/** What a message is signed with, and by whose settings; or why it is not. */
export type KeyChoice = { readonly failed: readonly FailedSignature[] } & (
  | {
      readonly ok: true;
      readonly settings: SigningSettings;
      readonly signatures: readonly UsableSignature[];
    }
  | { readonly ok: false; readonly skipped: SkipReason; readonly disposition: Disposition }
);

export interface KeyQuestion {
  readonly settings: SigningSettings;
  /** The From domain. */
  readonly author: string | undefined;
  readonly findRows: FindRows;
  /** Where the settings name a fallback domain: its settings, and its rows. */
  readonly fallback: () => { readonly settings: SigningSettings; readonly findRows: FindRows };
}

interface Attempt {
  readonly settings: SigningSettings;
  readonly planned: readonly PlannedSignature[];
  readonly usable: readonly UsableSignature[];
  readonly failed: readonly FailedSignature[];
}

/** Chooses the keys of the From domain; where it has none that can be used, those of the fallback domain. */
export async function chooseKeys(
  question: KeyQuestion,
  store: KeyStore,
  signers: SignerCache,
): Promise<KeyChoice> {
  const { settings, author, findRows } = question;
  const attempt = async (
    of: SigningSettings,
    planned: readonly PlannedSignature[],
  ): Promise<Attempt> => {
    const { usable, failed } = await findKeys(planned, store);
    const ready = signers.readyFor(of, usable);
    return {
      settings: of,
      planned,
      usable: ready.signatures,
      failed: [...failed, ...ready.failed],
    };
  };
  const own = await attempt(settings, planSignatures(settings, author, findRows));
  const { fallbackDomain } = settings;
  if (own.usable.length > 0 || fallbackDomain === undefined || own.failed.some(isPassing)) {
    return concluded(own, own.failed, settings);
  }
  const { settings: ofFallback, findRows: rowsOfFallback } = question.fallback();
  const planned = planSignatures(ofFallback, author, rowsOfFallback, fallbackDomain);
  const fallback = await attempt(ofFallback, planned);
  return concluded(fallback, [...own.failed, ...fallback.failed], settings);
}

function concluded(
  { settings, planned, usable, failed: failedNow }: Attempt,
  failed: readonly FailedSignature[],
  { onMissingKey }: SigningSettings,
): KeyChoice {
  const [first] = failedNow;
  if (failedNow.some(isPassing)) {
    // Whether there is a key is not known: to go on unsigned would be an accident.
    return { ok: false, failed, skipped: "key-unusable", disposition: localFault };
  }
  if (first === undefined) {
    return planned.length === 0
      ? { ok: false, failed, skipped: "no-from-domain", disposition: accept }
      : { ok: true, failed, settings, signatures: usable };
  }
  if (onMissingKey === "defer" || onMissingKey === "reject") {
    const disposition = missingKey(onMissingKey, first.planned.domain);
    return { ok: false, failed, skipped: first.skip, disposition };
  }
  return usable.length > 0
    ? { ok: true, failed, settings, signatures: usable }
    : { ok: false, failed, skipped: first.skip, disposition: accept };
}

function isPassing({ passing }: FailedSignature): boolean {
  return passing;
}
