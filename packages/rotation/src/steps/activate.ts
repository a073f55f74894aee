import type { ActiveKey } from "../environment.ts";
import { checkDns } from "./dns-check.ts";
import { checkKeyFiles } from "./generate.ts";
import { endOf, enter, type RotatedKey, type RotationState } from "./rotation-state.ts";
import { moved, namesOf, type Step, type StepResult, waiting } from "./step.ts";

/**
 * Records the current signing keys before changing them, so that the keys to retire are still known after a crash.
 */
export const activate: Step = async (state, environment, nowMs) => {
  const { activation, resolvers } = environment;
  const { domain, incoming } = state;
  const active = await activation.active(domain);
  if (isSameSet(active, incoming)) return activated(state, nowMs);
  const outgoing = withActive(state, active);
  if (outgoing.length > state.outgoing.length) {
    return moved({ ...state, outgoing }, `recorded the keys to replace: ${namesOf(outgoing)}`);
  }
  await checkKeyFiles(state, environment);
  const check = await checkDns(resolvers, domain, incoming, "published");
  if (!check.ok) return waiting(check.reason, check.retryAfterMs);
  await activation.activate(domain, incoming.map(toActiveKey));
  return activated(state, nowMs);
};

function activated(state: RotationState, nowMs: number): StepResult {
  const { incoming, outgoing, plan } = state;
  return outgoing.length === 0
    ? moved(
        enter(state, endOf(state), nowMs),
        `signs with ${namesOf(incoming)}; there was no key before`,
      )
    : moved(
        enter(state, "overlap", nowMs, plan.overlapMs),
        `signs with ${namesOf(incoming)} instead of ${namesOf(outgoing)}`,
      );
}

/** Keeps the keys that were recorded before: after an interrupted activation, some of them may no longer be active. */
function withActive(
  { incoming, outgoing }: RotationState,
  active: readonly ActiveKey[],
): readonly RotatedKey[] {
  const known = new Set([...incoming, ...outgoing].map(({ selector }) => selector));
  return [...outgoing, ...active.filter(({ selector }) => !known.has(selector)).map(toActiveKey)];
}

function toActiveKey({ selector, keyFile }: ActiveKey): ActiveKey {
  return { selector, keyFile };
}

export function isSameSet(active: readonly ActiveKey[], keys: readonly ActiveKey[]): boolean {
  return listed(active) === listed(keys);
}

function listed(keys: readonly ActiveKey[]): string {
  return JSON.stringify(keys.map(({ selector, keyFile }) => [selector, keyFile]).toSorted());
}
