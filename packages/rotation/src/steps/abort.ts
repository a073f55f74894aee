import { KeyError, loadPrivateKey } from "@mailseal/crypto";
import { formatKeyRecord } from "@mailseal/dns-record";
import type { Environment } from "../environment.ts";
import { RotationError } from "../errors.ts";
import { isSameSet } from "./activate.ts";
import { enter, type RotatedKey, type RotationState } from "./rotation-state.ts";
import { isBeforeOverlap } from "./stage.ts";
import { moved, type Moved, namesOf } from "./step.ts";

/**
 * Cancels a rotation and keeps the old keys. New keys that have not signed yet are removed from DNS and archived or deleted.
 * If they have signed, the domain signs with the old keys again as soon as every resolver returns them, and the new keys
 * are retired after an overlap, as in any rotation.
 *
 * @throws RotationError "cannot-abort".
 */
export async function abortRotation(
  state: RotationState,
  { activation, keyFiles }: Environment,
  nowMs: number,
): Promise<Moved> {
  const { domain, stage, direction, incoming, outgoing } = state;
  if (direction === "back") throw cannotAbort(`the rotation of ${domain} is already being aborted`);
  const active = await activation.active(domain);
  const haveSigned = incoming.some((key) =>
    active.some(({ selector }) => selector === key.selector),
  );
  if (isBeforeOverlap(stage) && !haveSigned) return withdrawn(state, nowMs);
  if (!isBeforeOverlap(stage) && stage !== "overlap") {
    throw cannotAbort(
      `cannot abort: the old key ${namesOf(outgoing)} has reached the stage ${stage} and can no longer sign. Start another rotation instead`,
    );
  }
  if (stage === "overlap" && !isSameSet(active, incoming)) {
    throw cannotAbort(
      `cannot abort: ${domain} signs with ${namesOf(active)} instead of ${namesOf(incoming)}, because another program has changed its keys. Start another rotation instead`,
    );
  }
  if (outgoing.length === 0) {
    throw cannotAbort(
      `cannot abort: there is no earlier key than ${namesOf(incoming)} to return to. Start another rotation instead`,
    );
  }
  const former: RotatedKey[] = [];
  for (const key of outgoing) {
    former.push({ ...key, ...(await publicHalf(await keyFiles.read(key.keyFile), key)) });
  }
  const back: RotationState = { ...state, direction: "back", incoming: former, outgoing: incoming };
  return moved(
    enter(back, "activate", nowMs),
    `aborted: returning from ${namesOf(incoming)} to ${namesOf(outgoing)}`,
  );
}

function withdrawn(state: RotationState, nowMs: number): Moved {
  const { incoming } = state;
  const back: RotationState = { ...state, direction: "back", incoming: [], outgoing: incoming };
  return moved(
    enter(back, "retire", nowMs),
    `aborted: ${namesOf(incoming)} has not signed any mail`,
  );
}

/** @throws RotationError "cannot-abort" if the key cannot be loaded. */
async function publicHalf(
  pem: string | undefined,
  { keyFile }: RotatedKey,
): Promise<Pick<RotatedKey, "record" | "fingerprint">> {
  try {
    if (pem === undefined) throw new KeyError("key-unreadable", "there is no such file");
    const { publicKey } = loadPrivateKey(pem);
    return { record: formatKeyRecord(publicKey), fingerprint: publicKey.fingerprint };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw cannotAbort(`cannot abort: the old key in ${keyFile} cannot be loaded: ${reason}`);
  }
}

function cannotAbort(message: string): RotationError {
  return new RotationError("cannot-abort", message);
}
