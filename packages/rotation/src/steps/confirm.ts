import { checkDns } from "../dns-check.ts";
import { enter } from "../rotation-state.ts";
import { moved, namesOf, type Step, waiting } from "../step.ts";
import { checkKeyFiles } from "./generate.ts";

export const confirm: Step = async (state, environment, nowMs) => {
  const { resolvers } = environment;
  await checkKeyFiles(state, environment);
  const check = await checkDns(resolvers, state.domain, state.incoming, "published");
  return check.ok
    ? moved(
        enter(state, "activate", nowMs),
        `${namesOf(state.incoming)} seen by ${resolvers.map(({ name }) => name).join(", ")}`,
      )
    : waiting(check.reason, check.retryAfterMs);
};
