import { keyRecordName } from "@mailseal/dns-record";
import type { Environment, RecordChange } from "../environment.ts";
import { checkDns } from "./dns-check.ts";
import { endOf, enter, type RotationState } from "./rotation-state.ts";
import { moved, namesOf, type Step, type StepResult, waiting } from "./step.ts";

/** A revoked key has an empty p= (RFC 6376 3.6.1). */
const revokedRecord = "v=DKIM1; p=";

export const overlap: Step = async (state, _, nowMs) =>
  moved(enter(state, "revoke", nowMs), `the overlap of ${namesOf(state.outgoing)} has ended`);

/** Publishes the outgoing keys as revoked, and waits until every resolver returns that. */
export const revoke: Step = async (state, environment, nowMs) => {
  const { domain, outgoing, plan } = state;
  if (!state.handedOver) {
    return (
      (await stillInUse(state, environment)) ??
      handOver(state, environment, (selector, name) => ({
        action: "revoke",
        domain,
        selector,
        name,
        record: revokedRecord,
        ttlSeconds: plan.ttlSeconds,
      }))
    );
  }
  const check = await checkDns(environment.resolvers, domain, outgoing, "revoked");
  return check.ok
    ? moved(
        enter(state, "revoked", nowMs, plan.revokedForMs),
        `confirmed that ${namesOf(outgoing)} is revoked`,
      )
    : waiting(check.reason, check.retryAfterMs);
};

export const revoked: Step = async (state, _, nowMs) =>
  moved(
    enter(state, "retire", nowMs),
    `${namesOf(state.outgoing)} has been revoked for long enough`,
  );

/** Removes their records, waits until no resolver returns them, then archives or deletes the private keys. */
export const retire: Step = async (state, environment, nowMs) => {
  const { domain, outgoing, plan } = state;
  if (!state.handedOver) {
    return (
      (await stillInUse(state, environment)) ??
      handOver(state, environment, (selector, name) => ({
        action: "remove",
        domain,
        selector,
        name,
      }))
    );
  }
  const check = await checkDns(environment.resolvers, domain, outgoing, "removed");
  if (!check.ok) return waiting(check.reason, check.retryAfterMs);
  // DNS may have taken days, and an operator may have returned to one of the keys in the meantime.
  const used = await keysInUse(state, environment);
  if (used !== undefined) return used;
  const events: string[] = [];
  for (const key of outgoing) {
    // One after the other, so that a crash leaves at most one key half done.
    const how = await environment.keyFiles.putAway(domain, key, plan.retiredKeys);
    events.push(`${key.selector} removed from DNS, its private key ${how}`);
  }
  return moved(enter(state, endOf(state), nowMs), events.join("; "));
};

async function handOver(
  state: RotationState,
  { publisher }: Environment,
  changeOf: (selector: string, name: string) => RecordChange,
): Promise<StepResult> {
  const changes = state.outgoing.map(({ selector }) =>
    changeOf(selector, keyRecordName(selector, state.domain)),
  );
  const { advice } = await publisher.apply(changes);
  const what = `${state.stage === "revoke" ? "revoke" : "remove"} ${namesOf(state.outgoing)}`;
  const { problem: _, cause: __, ...rest } = state;
  const next = { ...rest, handedOver: true, attempts: 0 };
  return advice === undefined
    ? moved(next, `published: ${what}`)
    : moved({ ...next, advice }, `waiting for a person to publish: ${what}`);
}

async function keysInUse(
  { domain, outgoing }: RotationState,
  { activation }: Environment,
): Promise<StepResult | undefined> {
  const active = await activation.active(domain);
  const used = outgoing.filter(({ selector, keyFile }) =>
    active.some((key) => key.selector === selector || key.keyFile === keyFile),
  );
  return used.length === 0
    ? undefined
    : waiting(`${domain} signs with ${namesOf(used)} again; make it sign with another key first`);
}

/** Keeps a key that still signs, and one whose successor is not in DNS. */
async function stillInUse(
  state: RotationState,
  environment: Environment,
): Promise<StepResult | undefined> {
  const { domain, incoming, outgoing } = state;
  const { activation, resolvers } = environment;
  const used = await keysInUse(state, environment);
  if (used !== undefined) return used;
  const active = new Set((await activation.active(domain)).map(({ selector }) => selector));
  if (incoming.length === 0) return undefined;
  if (active.size === 0) {
    return waiting(
      `${domain} signs with no key at all; ${namesOf(outgoing)} is kept until it signs again`,
    );
  }
  // A later rotation may have replaced some of them.
  const successors = incoming.filter(({ selector }) => active.has(selector));
  const check = await checkDns(resolvers, domain, successors, "published");
  return check.ok
    ? undefined
    : waiting(`${namesOf(outgoing)} is kept: ${check.reason}`, check.retryAfterMs);
}
