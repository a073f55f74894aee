import { hostname } from "node:os";
import type { Config } from "@mailseal/config";
import { type KeySource, keySource } from "@mailseal/dns-record";
import {
  type AskSenders,
  createPipeline,
  type Pipeline,
  type PolicyListener,
} from "@mailseal/policy";
import { traced } from "@mailseal/policy/tracing";
import { resolverOf } from "./resolver.ts";

/** What decides about messages: the config that was read, and the pipeline made of it. */
export interface Policy {
  readonly config: Config;
  readonly pipeline: Pipeline;
  /** Asks the hooks module what a login may send as. */
  readonly sendersOf?: AskSenders;
  /** Gives back what the pipeline holds; called after the last message. */
  close(): void;
}

/** Who counts what an opened policy does: `ProcessStatistics`. */
export interface Counting {
  counted(pipeline: Pipeline, config: Config): Pipeline;
  countedKeys(keys: KeySource): KeySource;
  readonly onEvent: PolicyListener;
}

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
  const pipeline = traced(counting?.counted(opened, config) ?? opened);
  const { sendersOf } = opened;
  return { config, pipeline, sendersOf, close: () => opened.close() };
}
