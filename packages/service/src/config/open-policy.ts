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

/** A config, and the pipeline that processes messages by it. */
export interface Policy {
  readonly config: Config;
  readonly pipeline: Pipeline;
  /** Asks the hooks module for the addresses that a login may send as. */
  readonly sendersOf?: AskSenders;
  /** Gives back what the pipeline holds open. Call it after the last message. */
  close(): void;
}

/** Counts the messages and key lookups of a policy: see `ProcessStatistics`. */
export interface Counting {
  counted(pipeline: Pipeline, config: Config): Pipeline;
  countedKeys(keys: KeySource): KeySource;
  readonly onEvent: PolicyListener;
}

/**
 * Opens the keys, the hooks and the DNS resolver of a config.
 *
 * ```ts
 * const policy = await policyOf(config, (event) => console.log(event.type));
 * policy.close();
 * ```
 */
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
