import { hostname } from "node:os";
import { keySource } from "@mailseal/dns-record";
import type { ProcessStatistics } from "@mailseal/observation";
import { createPipeline, type PolicyEvent } from "@mailseal/policy";
import type { Config } from "@mailseal/policy/config";
import { traced } from "@mailseal/policy/tracing";
import { readConfigFile, resolverOf } from "@mailseal/program";
import type { Policy } from "./service.ts";

/** Who counts what an opened policy does. */
export type Counting = Pick<ProcessStatistics, "counted" | "countedKeys" | "onEvent">;

/** Reads the config file and opens what it names. Throws a `MailsealError` "config" that tells every problem. */
export async function openPolicy(
  file: string,
  onEvent: (event: PolicyEvent) => void,
  counting?: Counting,
): Promise<Policy> {
  return policyOf(await readConfigFile(file, process.env), onEvent, counting);
}

/** Opens what a config names: keys, hooks, DNS. */
export async function policyOf(
  config: Config,
  onEvent: (event: PolicyEvent) => void,
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
