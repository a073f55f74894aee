import { hostname } from "node:os";
import { keySource } from "@mailseal/dns-record";
import { createPipeline, type PolicyEvent } from "@mailseal/policy";
import type { Config } from "@mailseal/policy/config";
import { readConfigFile, resolverOf } from "@mailseal/program";
import type { Policy } from "./service.ts";

/** Reads the config file and opens what it names. Throws a `MailsealError` "config" that tells every problem. */
export async function openPolicy(
  file: string,
  onEvent: (event: PolicyEvent) => void,
): Promise<Policy> {
  return policyOf(await readConfigFile(file), onEvent);
}

/** Opens what a config names: keys, hooks, DNS. */
export async function policyOf(
  config: Config,
  onEvent: (event: PolicyEvent) => void,
): Promise<Policy> {
  const pipeline = await createPipeline(config, {
    dnsKeys: keySource(await resolverOf(config.dns)),
    hostname: config.hostname ?? hostname(),
    onEvent,
  });
  return { config, pipeline, close: () => pipeline.close() };
}
