import type { Config } from "@mailseal/config";
import type { KeySource } from "@mailseal/dns-record";
import type { HookCaller } from "../hooks/hook-call.ts";
import type { KeyDatabase } from "../keys/key-database.ts";
import type { KeyStore } from "../keys/key-store.ts";
import type { Clock } from "./clock.ts";
import type { MessageEvent, PolicyListener } from "./events.ts";
import type { Envelope, MailContext, StoredMessage } from "./mail.ts";
import type { OpenMessage } from "./open-message.ts";

/** The parts that a pipeline shares among all messages. They live as long as its config. */
export interface PipelineContext {
  readonly config: Config;
  readonly hostname: string;
  readonly clock: Clock;
  readonly dnsKeys: KeySource;
  readonly keys: KeyStore;
  readonly database: KeyDatabase | undefined;
  readonly hooks: HookCaller;
  readonly onEvent: PolicyListener;
}

/** The authserv-id in Authentication-Results (RFC 8601 2.5). */
export function authservIdOf({ config, hostname }: PipelineContext): string {
  return config.authservId ?? config.hostname ?? hostname;
}

/** One message in the pipeline. */
export interface Mail {
  readonly stored: StoredMessage;
  readonly open: OpenMessage;
  readonly envelope: Envelope;
  readonly context: MailContext;
  /** The binding that has been chosen so far. */
  readonly binding: string | undefined;
  /** As `fromDomains` returns them. */
  readonly fromDomains: readonly string[];
}

/** What every event says about its message. */
export function eventOf({ context, binding, fromDomains }: Mail): MessageEvent {
  return { queueId: context.queueId, binding, fromDomain: fromDomains[0] };
}
