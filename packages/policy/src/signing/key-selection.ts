import { type SigningSettings } from "@mailseal/config";
import type { KeyStore } from "../keys/key-store.ts";
import type { Disposition } from "../pipeline/mail.ts";
import type { SkipReason } from "../pipeline/pipeline.ts";
import { accept, localFault, unavailableKey } from "../pipeline/smtp-dispositions.ts";
import { type FindRows, type PlannedSignature, planSignatures } from "./configured-signature.ts";
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
  /** The From domain, or why the message has none. */
  readonly author: string | undefined;
  readonly withoutAuthor: () => SkipReason;
  /** The config names a domain to be signed as. */
  readonly isNamed: (domain: string) => boolean;
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

type Question = Pick<KeyQuestion, "settings" | "withoutAuthor" | "isNamed">;

/**
 * Chooses the keys of the From domain; where it has none, those of the fallback domain. A key that is there and
 * cannot be used is no reason for another domain's, unless the config says so: it is mended, and the mail waits.
 */
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
    for (const { planned: unfit } of ready.failed) {
      if (unfit.request !== undefined) store.doubt(unfit.request);
    }
    return {
      settings: of,
      planned,
      usable: ready.signatures,
      failed: [...failed, ...ready.failed],
    };
  };
  const own = await attempt(settings, planSignatures(settings, author, findRows));
  const { fallbackDomain } = settings;
  if (
    own.usable.length > 0 ||
    fallbackDomain === undefined ||
    own.failed.some((failed) => waits(failed, settings))
  ) {
    return concluded(own, own.failed, question);
  }
  const { settings: ofFallback, findRows: rowsOfFallback } = question.fallback();
  const planned = planSignatures(ofFallback, author, rowsOfFallback, fallbackDomain);
  const fallback = await attempt(ofFallback, planned);
  return concluded(fallback, [...own.failed, ...fallback.failed], question);
}

function concluded(
  { settings, planned, usable, failed: failedNow }: Attempt,
  failed: readonly FailedSignature[],
  question: Question,
): KeyChoice {
  const [first] = failedNow;
  if (first === undefined) {
    return planned.length === 0
      ? { ok: false, failed, skipped: question.withoutAuthor(), disposition: accept }
      : { ok: true, failed, settings, signatures: usable };
  }
  const [worst] = failedNow
    .map((signature) => ({ signature, action: actionFor(signature, question) }))
    .toSorted((a, b) => severity.indexOf(a.action) - severity.indexOf(b.action));
  if (worst !== undefined && worst.action !== "deliver") {
    const { signature, action } = worst;
    const disposition =
      action === "fault" ? localFault : unavailableKey(action, signature.planned.domain);
    return { ok: false, failed, skipped: signature.skip, disposition };
  }
  return usable.length > 0
    ? { ok: true, failed, settings, signatures: usable }
    : { ok: false, failed, skipped: first.skip, disposition: accept };
}

/** Of several keys the one that keeps the mail decides; where the client is to try again, it may be signed yet. */
const severity = ["fault", "defer", "reject", "deliver"] as const;
type Action = (typeof severity)[number];

function actionFor(
  { status, planned }: FailedSignature,
  { settings, isNamed }: Pick<Question, "settings" | "isNamed">,
): Action {
  const { onMissingKey = "auto", onUnusableKey = "defer" } = settings;
  switch (status) {
    case "fault":
      // Whether there is a key is not known: to go on unsigned would be an accident.
      return "fault";
    case "unusable":
      return onUnusableKey;
    case "missing":
      if (onMissingKey !== "auto") return onMissingKey;
      return isOneKey(planned) || isNamed(planned.domain) ? "defer" : "deliver";
    case "no-domain":
      if (onMissingKey !== "auto") return onMissingKey;
      return isNamed(planned.domain) ? "defer" : "deliver";
  }
}

/** Somebody has named this key, in the key database or by a path that is the same for every domain. */
function isOneKey({ inDatabase, request, settings: { key } }: PlannedSignature): boolean {
  return inDatabase || (request !== undefined && key !== undefined && !key.includes("%{d}"));
}

/** A key that would be had later, for which no other domain's is taken. */
function waits({ status }: FailedSignature, { onUnusableKey }: SigningSettings): boolean {
  return status === "fault" || (status === "unusable" && onUnusableKey !== "deliver");
}
