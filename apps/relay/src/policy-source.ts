import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import {
  dohResolver,
  keySource,
  nodeResolver,
  parseZone,
  staticResolver,
  type TxtResolver,
  wireResolver,
  zoneFromJson,
} from "@mailseal/dns-record";
import { createPipeline, type PolicyEvent } from "@mailseal/policy";
import { type Config, formatProblem, loadConfig } from "@mailseal/policy/config";
import { traced } from "@mailseal/policy/tracing";
import { MailsealError } from "@mailseal/syntax";
import type { Policy } from "./service.ts";
import type { ProcessStatistics } from "./statistics/process-statistics.ts";

/** Who counts what an opened policy does. */
export type Counting = Pick<ProcessStatistics, "counted" | "countedKeys" | "onEvent">;

/** Reads the config file and opens what it names. Throws a `MailsealError` "config" that tells every problem. */
export async function openPolicy(
  file: string,
  onEvent: (event: PolicyEvent) => void,
  counting?: Counting,
): Promise<Policy> {
  return policyOf(await readConfigFile(file), onEvent, counting);
}

/** The config alone; warnings are let pass. */
export async function readConfigFile(file: string): Promise<Config> {
  const { config, problems } = await loadConfig(file, { environment: process.env });
  if (config === undefined) {
    throw new MailsealError(
      "config",
      problems.map((problem) => formatProblem(file, problem)).join("\n"),
    );
  }
  return config;
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

/** Where public keys are asked for. Rejects where a zone file cannot be read. */
export async function resolverOf({
  zone,
  https,
  servers,
  timeout,
}: Config["dns"]): Promise<TxtResolver> {
  if (zone !== undefined) {
    const text = await readFile(zone, "utf8");
    return staticResolver(/^\s*\{/.test(text) ? zoneFromJson(JSON.parse(text)) : parseZone(text));
  }
  if (https !== undefined) {
    return dohResolver({ url: https, timeoutMs: timeout });
  }
  return servers === undefined
    ? nodeResolver({ timeoutMs: timeout })
    : wireResolver({ servers, timeoutMs: timeout });
}
