import { keyRecordName } from "@mailseal/dns-record";
import type { RecordChange } from "../environment.ts";
import { enter } from "../rotation-state.ts";
import { moved, namesOf, recordOf, type Step } from "../step.ts";
import { checkKeyFiles } from "./generate.ts";

/** The advice of the publisher stays until the records are seen. */
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
    : moved({ ...next, advice }, `wrote what a person has to publish for ${namesOf(incoming)}`);
};
