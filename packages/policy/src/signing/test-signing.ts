import {
  bindingNames,
  type Config,
  everyScope,
  findBinding,
  signedDomains,
  signingSettings,
} from "@mailseal/config";
import { createPipeline, type PipelineDeps } from "../pipeline/create-pipeline.ts";
import type { PolicyEvent } from "../pipeline/events.ts";
import type { MailContext, StoredMessage } from "../pipeline/mail.ts";
import { domainsWithKeys } from "./domains-with-keys.ts";

/** The outcome of a test message from one configured domain. */
export interface TestSigning {
  readonly domain: string;
  /** The From address, if a row of `signing.table` was tested. */
  readonly from?: string;
  readonly binding?: string;
  /** As `selector._domainkey.domain`. */
  readonly signatures: readonly string[];
  /** Why the message would be sent unsigned or without one of its signatures; absent if all is as configured. */
  readonly problem?: string;
  /** Key files that signed it although other users can read or change them, with their modes. */
  readonly exposedKeys: readonly { readonly path: string; readonly mode: string }[];
}

/**
 * Sends a test message through the pipeline for each domain that the config names or that has a key, in the key
 * database or in a file that matches a path with `%{d}`, on each binding that names the domain.
 * Hooks are not called: they are for real messages. Rejects as `createPipeline` does.
 *
 * ```ts
 * for await (const { domain, signatures, problem } of testSignings(config, { dnsKeys, hostname })) {
 *   console.log(domain, problem ?? signatures.join(", "));
 * }
 * ```
 */
export async function* testSignings(
  config: Config,
  deps: Omit<PipelineDeps, "hooks" | "onEvent">,
): AsyncGenerator<TestSigning> {
  let reasons: string[] = [];
  let exposedKeys: { readonly path: string; readonly mode: string }[] = [];
  const onEvent = (event: PolicyEvent): void => {
    reasons.push(...reasonsOf(event));
    if (event.type === "key-permissions") {
      exposedKeys.push({ path: event.path, mode: event.mode });
    }
  };
  const pipeline = await createPipeline(config, { ...deps, hooks: {}, onEvent });
  try {
    for await (const { domain, from, binding } of testedSenders(config)) {
      reasons = [];
      exposedKeys = [];
      const { signatures, skipped, disposition } = await pipeline.process(
        messageFrom(from ?? `postmaster@${domain}`, domain),
        { from: `postmaster@${domain}`, recipients: [`postmaster@${domain}`] },
        contextOf(config, domain, binding),
      );
      const { fallbackDomain } = signingSettings(config, { domain, binding });
      if (fallbackDomain !== undefined && signatures.some((it) => it.domain === fallbackDomain)) {
        // The fallback domain is for domains without a key of their own, so that is no problem.
        reasons = [];
      }
      if (signatures.length === 0 && skipped !== "sign-off" && reasons.length === 0) {
        reasons.push(skipped ?? disposition.action);
      }
      yield {
        domain,
        ...(from === undefined ? {} : { from }),
        ...(binding === undefined ? {} : { binding }),
        signatures: signatures.map((made) => `${made.selector}._domainkey.${made.domain}`),
        exposedKeys,
        ...(reasons.length > 0 ? { problem: reasons.join("; ") } : {}),
      };
    }
  } finally {
    pipeline.close();
  }
}

interface TestedSender {
  readonly domain: string;
  readonly from?: string;
  readonly binding?: string;
}

async function* testedSenders(config: Config): AsyncGenerator<TestedSender> {
  const scoped = [...testedScopes(config)];
  yield* scoped;
  const known = new Set(scoped.map(({ domain, binding }) => `${domain} ${binding ?? ""}`));
  for await (const found of domainsWithKeys(config)) {
    const { domain, binding = config.defaultBinding } = found;
    const sender = `${domain} ${binding ?? ""}`;
    if (known.has(sender)) continue;
    known.add(sender);
    yield binding === undefined ? { domain } : { domain, binding };
  }
  const seen = new Set<string>();
  for (const { binding, signing } of everyScope(config)) {
    for (const { from: pattern, domain: signer } of signing?.table?.rows ?? []) {
      const from = addressOf(pattern);
      const anyDomain = pattern.slice(pattern.lastIndexOf("@") + 1).includes("*");
      // Without a From domain it is unknown which key would sign.
      if (anyDomain && signer === undefined) continue;
      const tested = `${from} ${binding ?? ""}`;
      if (seen.has(tested)) continue;
      seen.add(tested);
      const domain = from.slice(from.lastIndexOf("@") + 1);
      yield { domain, from, ...(binding === undefined ? {} : { binding }) };
    }
  }
}

/** An address that matches a pattern of a signing table. */
function addressOf(pattern: string): string {
  const at = pattern.lastIndexOf("@");
  const localPart = at < 0 ? "postmaster" : pattern.slice(0, at).replaceAll("*", "postmaster");
  const domain = pattern.slice(at + 1);
  return `${localPart}@${domain === "*" ? "example.com" : domain.replaceAll("*", "host")}`;
}

/** Every domain by itself, and once more for each binding that has a scope for the domain. */
function* testedScopes(config: Config): Generator<{ domain: string; binding?: string }> {
  const domains = signedDomains(config);
  for (const domain of domains) {
    yield config.defaultBinding === undefined
      ? { domain }
      : { domain, binding: config.defaultBinding };
  }
  for (const binding of bindingNames(config)) {
    const { nested, alone, group } = findBinding(config, binding) ?? {};
    for (const domain of domains) {
      const named = [nested, alone, group].some((route) =>
        Object.hasOwn(route?.domains ?? {}, domain),
      );
      if (named && binding !== config.defaultBinding) {
        yield { domain, binding };
      }
    }
  }
}

function* reasonsOf(event: PolicyEvent): Generator<string> {
  switch (event.type) {
    case "signature-failed":
      yield `${event.selector ?? "no selector"}: ${event.reason}; ${event.remedy}`;
      break;
    case "fault":
      yield event.reason;
      break;
    case "hook-failed":
      yield `${event.hook}: ${event.reason}`;
      break;
    default:
  }
}

function messageFrom(from: string, domain: string): StoredMessage {
  const bytes = Buffer.from(
    `From: ${from}\r\nTo: postmaster@${domain}\r\nSubject: test\r\n\r\ntest\r\n`,
  );
  return { sizeBytes: bytes.length, chunks: () => [bytes] };
}

/** The context of a sender that meets every condition for signing. */
function contextOf(config: Config, domain: string, binding: string | undefined): MailContext {
  const { signCondition } = signingSettings(config, { domain, binding });
  return {
    direction: "outbound",
    queueId: "test",
    listener: "test",
    relayNetwork: true,
    authUser: "test",
    variables: new Map((signCondition ?? []).map((name) => [name, "test"])),
    ...(binding === undefined ? {} : { binding }),
  };
}
