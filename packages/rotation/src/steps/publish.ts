import { keyRecordName } from "@mailseal/dns-record";
import type { RecordChange } from "../environment.ts";
import { checkDns } from "./dns-check.ts";
import { checkKeyFiles } from "./generate.ts";
import { enter } from "./rotation-state.ts";
import { moved, namesOf, recordOf, type Step, waiting } from "./step.ts";

/** The publisher's advice is kept until every resolver returns the records. */
export const publish: Step = async (state, environment, nowMs) => {
  const { domain, plan, incoming } = state;
  await checkKeyFiles(state, environment);
  const changes = incoming.map((key): RecordChange => ({
    action: "publish",
    domain,
    selector: key.selector,
    name: keyRecordName(key.selector, domain),
    record: recordOf(key),
    ttlSeconds: plan.ttlSeconds,
  }));
  const { advice } = await environment.publisher.apply(changes);
  const next = { ...enter(state, "confirm", nowMs), handedOver: true };
  return advice === undefined
    ? moved(next, `published ${namesOf(incoming)}`)
    : moved({ ...next, advice }, `waiting for a person to publish ${namesOf(incoming)}`);
};

export const confirm: Step = async (state, environment, nowMs) => {
  const { resolvers } = environment;
  await checkKeyFiles(state, environment);
  const check = await checkDns(resolvers, state.domain, state.incoming, "published");
  return check.ok
    ? moved(
        enter(state, "activate", nowMs),
        `confirmed ${namesOf(state.incoming)} with ${resolvers.map(({ name }) => name).join(", ")}`,
      )
    : waiting(check.reason, check.retryAfterMs);
};
