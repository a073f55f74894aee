import { type SigningSettings } from "@mailseal/config";
import type { KeyStore } from "../keys/key-store.ts";
import type { Disposition } from "../pipeline/mail.ts";
import type { SkipReason } from "../pipeline/pipeline.ts";
import { accept, localFault, unavailableKey } from "../pipeline/smtp-dispositions.ts";
import {
  type KeyRowLookup,
  type ConfiguredSignature,
  configuredSignatures,
} from "./configured-signature.ts";
import type { SignerCache } from "./signer-cache.ts";
import { type FailedSignature, findKeys, type UsableSignature } from "./usable-signature.ts";

/** The signing options that are applied here. */
export type KeySelectionOption = "fallbackDomain" | "onMissingKey" | "onUnusableKey";

type KeySelectionSettings = Pick<SigningSettings, KeySelectionOption>;

/** The keys that sign a message and the settings they come from, or why it is not signed. */
export type KeySelection = { readonly failed: readonly FailedSignature[] } & (
  | {
      readonly ok: true;
      readonly settings: SigningSettings;
      readonly signatures: readonly UsableSignature[];
    }
  | { readonly ok: false; readonly skipped: SkipReason; readonly disposition: Disposition }
);

export interface KeyQuery {
  readonly settings: SigningSettings;
  /** The From domain; undefined if the message has none. */
  readonly author: string | undefined;
  readonly withoutAuthor: () => SkipReason;
  /** Whether the config names a domain as one that signs. */
  readonly isNamed: (domain: string) => boolean;
  readonly lookUpRows: KeyRowLookup;
  /** The settings of the fallback domain and the lookup of its rows, if there is a fallback domain. */
  readonly fallback: () => {
    readonly settings: SigningSettings;
    readonly lookUpRows: KeyRowLookup;
  };
}

interface Attempt {
  readonly settings: SigningSettings;
  readonly configured: readonly ConfiguredSignature[];
  readonly usable: readonly UsableSignature[];
  readonly failed: readonly FailedSignature[];
}

type OutcomeQuery = Pick<KeyQuery, "settings" | "withoutAuthor" | "isNamed">;

/**
 * Selects the keys of the From domain, or those of the fallback domain if the From domain has none. If a key exists
 * but cannot be used, the fallback is not taken, unless the config says so: the mail waits until the key is repaired.
 */
export async function selectKeys(
  query: KeyQuery,
  store: KeyStore,
  signers: SignerCache,
): Promise<KeySelection> {
  const { settings, author, lookUpRows } = query;
  const attempt = async (
    of: SigningSettings,
    configured: readonly ConfiguredSignature[],
  ): Promise<Attempt> => {
    const { usable, failed } = await findKeys(configured, store);
    const ready = signers.readyFor(of, usable);
    for (const { configured: unfit } of ready.failed) {
      if (unfit.request !== undefined) store.doubt(unfit.request);
    }
    return {
      settings: of,
      configured,
      usable: ready.signatures,
      failed: [...failed, ...ready.failed],
    };
  };
  const own = await attempt(settings, configuredSignatures(settings, author, lookUpRows));
  const { fallbackDomain } = settings;
  if (
    own.usable.length > 0 ||
    fallbackDomain === undefined ||
    own.failed.some((failed) => waits(failed, settings))
  ) {
    return outcomeOf(own, own.failed, query);
  }
  const { settings: ofFallback, lookUpRows: lookUpFallbackRows } = query.fallback();
  const configured = configuredSignatures(ofFallback, author, lookUpFallbackRows, fallbackDomain);
  const fallback = await attempt(ofFallback, configured);
  return outcomeOf(fallback, [...own.failed, ...fallback.failed], query);
}

function outcomeOf(
  { settings, configured, usable, failed: failedNow }: Attempt,
  failed: readonly FailedSignature[],
  query: OutcomeQuery,
): KeySelection {
  const [first] = failedNow;
  if (first === undefined) {
    return configured.length === 0
      ? { ok: false, failed, skipped: query.withoutAuthor(), disposition: accept }
      : { ok: true, failed, settings, signatures: usable };
  }
  const [worst] = failedNow
    .map((signature) => ({ signature, action: actionFor(signature, query) }))
    .toSorted((a, b) => severity.indexOf(a.action) - severity.indexOf(b.action));
  if (worst !== undefined && worst.action !== "deliver") {
    const { signature, action } = worst;
    const disposition =
      action === "fault" ? localFault : unavailableKey(action, signature.configured.domain);
    return { ok: false, failed, skipped: signature.skip, disposition };
  }
  return usable.length > 0
    ? { ok: true, failed, settings, signatures: usable }
    : { ok: false, failed, skipped: first.skip, disposition: accept };
}

/** The strictest action wins. A deferral goes before a refusal, because the client's retry may still be signed. */
const severity = ["fault", "defer", "reject", "deliver"] as const;
type Action = (typeof severity)[number];

function actionFor(
  { status, configured }: FailedSignature,
  {
    settings,
    isNamed,
  }: Pick<OutcomeQuery, "isNamed"> & { readonly settings: KeySelectionSettings },
): Action {
  const { onMissingKey = "auto", onUnusableKey = "defer" } = settings;
  switch (status) {
    case "fault":
      // It is unknown whether a key exists: sending the message unsigned would be an accident.
      return "fault";
    case "unusable":
      return onUnusableKey;
    case "missing":
      if (onMissingKey !== "auto") return onMissingKey;
      return isOneKey(configured) || isNamed(configured.domain) ? "defer" : "deliver";
    case "no-domain":
      if (onMissingKey !== "auto") return onMissingKey;
      return isNamed(configured.domain) ? "defer" : "deliver";
  }
}

/** Whether the operator has named this key, in the key database or by a path without `%{d}`. */
function isOneKey({ inDatabase, request, settings: { key } }: ConfiguredSignature): boolean {
  return inDatabase || (request !== undefined && key !== undefined && !key.includes("%{d}"));
}

/** Whether the key may become usable later, so that the fallback domain must not sign instead. */
function waits({ status }: FailedSignature, { onUnusableKey }: KeySelectionSettings): boolean {
  return status === "fault" || (status === "unusable" && onUnusableKey !== "deliver");
}
