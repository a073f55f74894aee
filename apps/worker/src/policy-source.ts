import { hostname } from "node:os";
import { keySource } from "@mailseal/dns-record";
import { createPipeline, type PolicyListener } from "@mailseal/policy";
import type { Config } from "@mailseal/policy/config";
import { resolverOf } from "@mailseal/program";
import type { Policy } from "./worker.ts";

/** Opens what a config names: keys, hooks, DNS. */
export async function policyOf(config: Config, onEvent: PolicyListener): Promise<Policy> {
  const dnsKeys = keySource(await resolverOf(config.dns));
  const pipeline = await createPipeline(config, {
    dnsKeys,
    hostname: config.hostname ?? hostname(),
    onEvent,
  });
  return { config, pipeline, close: () => pipeline.close() };
}
