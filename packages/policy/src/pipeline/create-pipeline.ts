import type { Config } from "@mailseal/config";
import type { KeySource } from "@mailseal/dns-record";
import { anyObject, callback, objectWith, optionsCheck, required, text } from "@mailseal/errors";
import { PolicyError } from "../errors.ts";
import { type HookCaller, noHooks } from "../hooks/hook-call.ts";
import { inProcessHooks } from "../hooks/in-process-hooks.ts";
import { loadHooks } from "../hooks/load-hooks.ts";
import type { PolicyHooks } from "../hooks/policy-hooks.ts";
import { KeyDatabase } from "../keys/key-database.ts";
import { KeyStore } from "../keys/key-store.ts";
import { type AskSenders, senderHook } from "../senders/senders-hook.ts";
import { fromDomains } from "../signing/author-domain.ts";
import { configuredKeys } from "../signing/configured-keys.ts";
import { Outbound } from "../signing/outbound.ts";
import { Inbound } from "../verification/inbound.ts";
import { type Clock, systemClock } from "./clock.ts";
import { guarded, type PolicyListener } from "./events.ts";
import type { Envelope, MailContext, StoredMessage } from "./mail.ts";
import { openMessage } from "./open-message.ts";
import type { PipelineContext } from "./pipeline-context.ts";
import type { Pipeline, Processed } from "./pipeline.ts";
import { reasonOf } from "./reason-of.ts";
import { localFault } from "./smtp-dispositions.ts";

/** What a pipeline needs besides its config. */
export interface PipelineDeps {
  /** The source of public keys, for verifying and for `requirePublished`. Keep it over reloads: it caches. */
  readonly dnsKeys: KeySource;
  /** The name of this host, which is the authserv-id in Authentication-Results if the config sets none. */
  readonly hostname: string;
  readonly clock?: Clock;
  /** Functions to use instead of the module that the config names; they run in the caller's process, see `inProcessHooks`. */
  readonly hooks?: PolicyHooks;
  readonly onEvent?: PolicyListener;
}

const checkDeps = optionsCheck<PipelineDeps>(
  "deps",
  {
    dnsKeys: required(objectWith("a KeySource, such as keySource(nodeResolver())", "find")),
    hostname: required(text),
    clock: anyObject("a Clock"),
    hooks: anyObject("an object of hooks"),
    onEvent: callback,
  },
  (message) => new PolicyError("bad-option", message),
);

/** A pipeline, with the database and the hook processes that it holds open. */
export interface OpenPipeline extends Pipeline {
  /** Asks the hooks module which addresses a login may send as. */
  readonly sendersOf: AskSenders;
  /** Number of keys in the cache. */
  readonly keysKept: number;
  /** Call it after the last message. */
  close(): void;
}

/**
 * Makes the pipeline of a config: opens the key database, imports the hooks, and preloads keys if `keys.preload` is set.
 *
 * Rejects with a `PolicyError`: "bad-option", or "key-database" or "hooks-module" if one of them cannot be used.
 *
 * ```ts
 * const pipeline = await createPipeline(config, {
 *   dnsKeys: keySource(nodeResolver()),
 *   hostname: "mx.example.com",
 *   onEvent: (event) => console.log(event.type),
 * });
 * const { disposition } = await pipeline.process(message, envelope, context);
 * pipeline.close();
 * ```
 */
export async function createPipeline(config: Config, deps: PipelineDeps): Promise<OpenPipeline> {
  checkDeps(deps);
  const clock = deps.clock ?? systemClock;
  const onEvent = guarded(deps.onEvent);
  const keys = new KeyStore(config.keys, clock, {
    onLoad: (load) => onEvent({ type: "key-load", ...load }),
    onWarning: (warning) => onEvent({ type: "key-permissions", ...warning }),
  });
  const { database: path } = config.keys;
  const database = path === undefined ? undefined : new KeyDatabase(path);
  const { dnsKeys, hostname } = deps;
  const hooks = await openHooks(config, deps.hooks, onEvent).catch((error: unknown) => {
    database?.close();
    throw error;
  });
  const pipeline = { config, hostname, clock, dnsKeys, keys, database, hooks, onEvent };
  try {
    if (config.keys.preload) {
      await keys.preload(configuredKeys(config, database));
    }
  } catch (error) {
    database?.close();
    hooks.close();
    throw error;
  }
  const directions = { outbound: new Outbound(pipeline), inbound: new Inbound(pipeline) };
  return {
    process: (message, envelope, context) =>
      processMail(pipeline, directions, message, envelope, context),
    sendersOf: senderHook(config, hooks, onEvent),
    get keysKept() {
      return keys.size;
    },
    close: () => {
      database?.close();
      hooks.close();
    },
  };
}

async function openHooks(
  { hooks }: Config,
  given: PolicyHooks | undefined,
  onEvent: PolicyListener,
): Promise<HookCaller> {
  if (given !== undefined) return inProcessHooks(given);
  if (hooks === undefined) return noHooks;
  const { module, processes, memory } = hooks;
  return loadHooks(module, { processes, memory }, (failure) =>
    onEvent({ ...failure, type: "hook-stray" }),
  );
}

async function processMail(
  pipeline: PipelineContext,
  directions: Readonly<Record<MailContext["direction"], Outbound | Inbound>>,
  stored: StoredMessage,
  envelope: Envelope,
  context: MailContext,
): Promise<Processed> {
  const binding = context.binding ?? pipeline.config.defaultBinding;
  const answered = { prepend: [], remove: [], binding, signatures: [] } as const;
  const unread = { queueId: context.queueId, binding, fromDomain: undefined };
  try {
    const opened = await openMessage(stored, pipeline.config.limits);
    if (!opened.ok) {
      pipeline.onEvent({ ...unread, type: "fault", reason: opened.reason });
      return { ...answered, disposition: opened.refusal };
    }
    const { message: open } = opened;
    try {
      const domains = fromDomains(open.header);
      const mail = { stored, open, envelope, context, binding, fromDomains: domains };
      return await directions[context.direction].process(mail);
    } finally {
      await open.close();
    }
  } catch (error) {
    const reason = reasonOf(error);
    pipeline.onEvent({ ...unread, type: "fault", reason });
    return { ...answered, disposition: localFault, cause: reason };
  }
}
