import type { PrivateKey } from "@mailseal/crypto";
import type { KeyStore } from "../keys/key-store.ts";
import type { SkipReason } from "../pipeline.ts";
import type { PlannedSignature } from "./planned-signature.ts";

/** A planned signature with its key. */
export interface UsableSignature {
  readonly planned: PlannedSignature;
  readonly selector: string;
  readonly key: PrivateKey;
}

/** A planned signature that cannot be made. */
export interface FailedSignature {
  readonly planned: PlannedSignature;
  readonly skip: Extract<SkipReason, "no-selector" | "no-key" | "key-unusable">;
  /** The system failed for the time being: no answer on the key was had. */
  readonly passing: boolean;
  readonly reason: string;
}

export interface KeysAtHand {
  readonly usable: readonly UsableSignature[];
  readonly failed: readonly FailedSignature[];
}

export async function findKeys(
  planned: readonly PlannedSignature[],
  store: KeyStore,
): Promise<KeysAtHand> {
  const found = await Promise.all(planned.map((signature) => findKey(signature, store)));
  return {
    usable: found.filter((signature) => "key" in signature),
    failed: found.filter((signature) => "skip" in signature),
  };
}

async function findKey(
  planned: PlannedSignature,
  store: KeyStore,
): Promise<UsableSignature | FailedSignature> {
  const { domain, selector, request } = planned;
  if (selector === undefined) {
    const reason = `no selector for ${domain}`;
    return { planned, skip: "no-selector", passing: false, reason };
  }
  if (request === undefined) {
    return { planned, skip: "no-key", passing: false, reason: `no key named for ${domain}` };
  }
  const found = store.find(request);
  const answer = found instanceof Promise ? await found : found;
  if (answer.status === "found") {
    return { planned, selector: request.selector, key: answer.key };
  }
  const { status, reason } = answer;
  const skip = status === "missing" ? "no-key" : "key-unusable";
  return { planned, skip, passing: status === "fault", reason };
}
