import { hostname } from "node:os";
import { keySource } from "@mailseal/dns-record";
import type { ProcessStatistics } from "@mailseal/observation";
import { createPipeline, type PolicyListener } from "@mailseal/policy";
import type { Config } from "@mailseal/policy/config";
import { traced } from "@mailseal/policy/tracing";
import { resolverOf } from "@mailseal/program";
import type { Policy } from "./worker.ts";

/** Who counts what an opened policy does. */
export type Counting = Pick<ProcessStatistics, "counted" | "countedKeys" | "onEvent">;

/** Opens what a config names: keys, hooks, DNS. */
export async function policyOf(
  config: Config,
  onEvent: PolicyListener,
  counting?: Counting,
): Promise<Policy> {
  const keys = keySource(await resolverOf(config.dns));
  const opened = await createPipeline(config, {
    dnsKeys: counting?.countedKeys(keys) ?? keys,
    hostname: config.hostname ?? hostname(),
    onEvent: (event) => {
      counting?.onEvent(event);
      onEvent(event);
    },
  });
  const pipeline = traced(counting?.counted(opened) ?? opened);
  return { config, pipeline, close: () => opened.close() };
}
