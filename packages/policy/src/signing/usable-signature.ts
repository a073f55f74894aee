import type { PrivateKey } from "@mailseal/crypto";
import type { KeyProblem } from "../keys/key-answer.ts";
import type { KeyStore } from "../keys/key-store.ts";
import type { SkipReason } from "../pipeline/pipeline.ts";
import type { ConfiguredSignature } from "./configured-signature.ts";

/** A configured signature with its key. */
export interface UsableSignature {
  readonly configured: ConfiguredSignature;
  readonly selector: string;
  readonly key: PrivateKey;
}

/** A configured signature that cannot be made. */
export interface FailedSignature {
  readonly configured: ConfiguredSignature;
  readonly skip: Extract<SkipReason, "no-selector" | "no-key" | "key-unusable">;
  /**
   * As in a `KeyProblem`; a selector or key that the config does not set is missing. `no-domain`: nothing can be
   * signed as this domain, whatever the key; for example "localhost".
   */
  readonly status: KeyProblem["status"] | "no-domain";
  readonly reason: string;
  readonly remedy: string;
}

export interface FoundKeys {
  readonly usable: readonly UsableSignature[];
  readonly failed: readonly FailedSignature[];
}

export async function findKeys(
  configured: readonly ConfiguredSignature[],
  store: KeyStore,
): Promise<FoundKeys> {
  const found = await Promise.all(configured.map((signature) => findKey(signature, store)));
  return {
    usable: found.filter((signature) => "key" in signature),
    failed: found.filter((signature) => "skip" in signature),
  };
}

async function findKey(
  configured: ConfiguredSignature,
  store: KeyStore,
): Promise<UsableSignature | FailedSignature> {
  const { domain, selector, request, settings } = configured;
  if (selector === undefined) {
    const reason = `no selector for ${domain}`;
    const remedy = "set signing.selector, globally or for the domain";
    return { configured, skip: "no-selector", status: "missing", reason, remedy };
  }
  if (request === undefined) {
    const isNamed = settings.key !== undefined || settings.keyText !== undefined;
    const reason = isNamed
      ? `${JSON.stringify(selector.slice(0, 80))} of ${domain} is no selector that DNS could have`
      : `no key named for ${domain}`;
    const remedy = isNamed
      ? "correct signing.selector"
      : "set signing.key or signing.keyText, globally or for the domain";
    return { configured, skip: "no-key", status: "missing", reason, remedy };
  }
  const found = store.find(request);
  const answer = found instanceof Promise ? await found : found;
  if (answer.status === "found") {
    return { configured, selector: request.selector, key: answer.key };
  }
  const { status, reason, remedy } = answer;
  const skip = status === "missing" ? "no-key" : "key-unusable";
  return { configured, skip, status, reason, remedy };
}
