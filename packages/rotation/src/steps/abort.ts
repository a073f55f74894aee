import { KeyError, loadPrivateKey } from "@mailseal/crypto";
import { formatKeyRecord } from "@mailseal/dns-record";
import type { Environment } from "../environment.ts";
import { RotationError } from "../errors.ts";
import { isSameSet } from "./activate.ts";
import { enter, type RotatedKey, type RotationState } from "./rotation-state.ts";
import { isBeforeOverlap } from "./stage.ts";
import { moved, type Moved, namesOf } from "./step.ts";

/**
 * Cancels a rotation and keeps the old keys. New keys that have not signed yet are removed from DNS and put
 * away. If they have signed, the domain signs with the old keys again as soon as DNS shows them, and the new
 * ones are retired with an overlap as in any rotation.
 *
 * @throws RotationError "cannot-abort".
 */
export async function abortRotation(
  state: RotationState,
  { activation, keyFiles }: Environment,
  nowMs: number,
): Promise<Moved> {
  const { domain, stage, direction, incoming, outgoing } = state;
  if (direction === "back") throw cannotAbort(`the rotation of ${domain} is being aborted already`);
  const active = await activation.active(domain);
  const haveSigned = incoming.some((key) =>
    active.some(({ selector }) => selector === key.selector),
  );
  if (isBeforeOverlap(stage) && !haveSigned) return withdrawn(state, nowMs);
  if (!isBeforeOverlap(stage) && stage !== "overlap") {
    throw cannotAbort(
      `cannot abort: ${namesOf(outgoing)}, the earlier keys, are in stage ${stage} and no longer published as they were. Start another rotation instead`,
    );
  }
  if (stage === "overlap" && !isSameSet(active, incoming)) {
    throw cannotAbort(
      `cannot abort: ${domain} signs with ${namesOf(active)} instead of ${namesOf(incoming)}: another program has changed its keys`,
    );
  }
  if (outgoing.length === 0) {
    throw cannotAbort(
      `cannot abort: there is no key before ${namesOf(incoming)} to go back to. Start another rotation instead`,
    );
  }
  const former: RotatedKey[] = [];
  for (const key of outgoing) {
    former.push({ ...key, ...(await publicHalf(await keyFiles.read(key.keyFile), key)) });
  }
  const back: RotationState = { ...state, direction: "back", incoming: former, outgoing: incoming };
  return moved(
    enter(back, "activate", nowMs),
    `aborted: goes back from ${namesOf(incoming)} to ${namesOf(outgoing)}`,
  );
}

function withdrawn(state: RotationState, nowMs: number): Moved {
  const { incoming } = state;
  const back: RotationState = { ...state, direction: "back", incoming: [], outgoing: incoming };
  return moved(
    enter(back, "retire", nowMs),
    `aborted: ${namesOf(incoming)} has not signed anything`,
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
    throw cannotAbort(`cannot abort: the earlier key in ${keyFile} cannot be loaded: ${reason}`);
  }
}

function cannotAbort(message: string): RotationError {
  return new RotationError("cannot-abort", message);
}
