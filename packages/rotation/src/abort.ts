import { KeyError, loadPrivateKey } from "@mailseal/crypto";
import { formatKeyRecord } from "@mailseal/dns-record";
import type { Environment } from "./environment.ts";
import { RotationError } from "./errors.ts";
import { enter, type RotatedKey, type RotationState } from "./rotation-state.ts";
import { isBeforeOverlap } from "./stage.ts";
import { moved, type Moved, namesOf } from "./step.ts";
import { isSameSet } from "./steps/activate.ts";

/**
 * The rotation turned round. Keys that have not signed yet are removed from DNS and put away. Where they
 * have signed, the keys before them take their turn again, as soon as DNS shows them, and the new ones are
 * retired as any other: with their overlap.
 *
 * @throws RotationError "cannot-abort".
 */
export async function turnRound(
  state: RotationState,
  { activation, keyFiles }: Environment,
  nowMs: number,
): Promise<Moved> {
  const { domain, stage, direction, incoming, outgoing } = state;
  if (direction === "back")
    throw cannotAbort(
      `expected a rotation of ${domain} that goes forward, and it is being aborted already`,
    );
  const active = await activation.active(domain);
  const haveSigned = incoming.some((key) =>
    active.some(({ selector }) => selector === key.selector),
  );
  if (isBeforeOverlap(stage) && !haveSigned) return withdrawn(state, nowMs);
  if (!isBeforeOverlap(stage) && stage !== "overlap") {
    throw cannotAbort(
      `expected a rotation whose earlier keys are still published, and ${namesOf(outgoing)} is in stage ${stage}; start another rotation instead`,
    );
  }
  if (stage === "overlap" && !isSameSet(active, incoming)) {
    throw cannotAbort(
      `expected ${domain} to sign with ${namesOf(incoming)}, and it signs with ${namesOf(active)}: something else has changed it since`,
    );
  }
  if (outgoing.length === 0) {
    throw cannotAbort(
      `${namesOf(incoming)} has no key before it to go back to; start another rotation instead`,
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

/** @throws RotationError "cannot-abort" where the key cannot be loaded. */
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
    throw cannotAbort(`expected the earlier key in ${keyFile}, which cannot be loaded: ${reason}`);
  }
}

function cannotAbort(message: string): RotationError {
  return new RotationError("cannot-abort", message);
}
