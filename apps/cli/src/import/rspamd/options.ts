import { truth } from "../imported-config.ts";

/** The fate of a setting of rspamd's dkim_signing that depends only on its own value. */
export type RspamdOption =
  | { readonly kind: "not-needed"; readonly why: string }
  /** Not carried over, unless the value matches the default behaviour. */
  | { readonly kind: "lost"; readonly todo: string; readonly harmless: (value: string) => boolean };

const never = (): boolean => false;
const isOff = (value: string): boolean => truth(value) === false;
const isOn = (value: string): boolean => truth(value) === true;

function lost(todo: string, harmless: (value: string) => boolean = never): RspamdOption {
  return { kind: "lost", todo, harmless };
}

function notNeeded(why: string): RspamdOption {
  return { kind: "not-needed", why };
}

const redis =
  "keys in Redis are not supported: write each to a file, and name it in signing.key or with mailseal domains add";
const vault = "keys in Vault are not supported: write each to a file, and name it in signing.key";
const http = "to sign over HTTP, use /v1/sign of the worker: see docs/guides/queue-and-workers.md";
const domainChoice = "d= follows From: set domain in a scope, or choose in the hook beforeSign";
const running = "it controls how rspamd runs and reports";

/** By name, without the settings that depend on others. */
export const rspamdOptions: ReadonlyMap<string, RspamdOption> = new Map<string, RspamdOption>([
  ...["symbol", "use_milter_headers", "http_timeout", "groups", "priority"].map(
    (name) => [name, notNeeded(running)] as const,
  ),
  [
    "allow_envfrom_empty",
    lost("bounces are signed like other mail: skip them in the hook beforeSign", isOn),
  ],
  [
    "allow_hdrfrom_mismatch",
    lost(
      "the envelope is not compared with From: compare in the hook beforeSign, or use auth.senders",
      isOn,
    ),
  ],
  ["allow_hdrfrom_mismatch_local", notNeeded("the envelope is not compared with From")],
  ["allow_hdrfrom_mismatch_sign_networks", notNeeded("the envelope is not compared with From")],
  [
    "allow_hdrfrom_multiple",
    lost(
      "a message with several From domains is not signed unless a scope sets domain: set it",
      isOff,
    ),
  ],
  ["allow_pubkey_mismatch", notNeeded("only with check_pubkey")],
  [
    "sign_inbound",
    lost(
      "mail from clients outside relayNetworks is verified, not signed: add the clients to relayNetworks",
      isOff,
    ),
  ],
  [
    "skip_spam_sign",
    lost("the spam score is not available: let the mail server keep spam from the relay", isOff),
  ],
  [
    "check_violation",
    lost("mail is signed even if it has signatures: skip it in the hook beforeSign", isOff),
  ],
  [
    "sign_condition",
    lost("Lua is not supported: write the hook beforeSign (docs/guides/hooks.md)"),
  ],
  [
    "use_domain_custom",
    lost("Lua is not supported: write the hook beforeSign (docs/guides/hooks.md)"),
  ],
  ["allowed_ids", lost("rspamd settings are not supported: choose in the hook beforeSign")],
  ["forbidden_ids", lost("rspamd settings are not supported: choose in the hook beforeSign")],
  ...["use_domain_sign_networks", "use_domain_sign_local", "use_domain_sign_inbound"].map(
    (name) => [name, lost(domainChoice, (value) => value === "header")] as const,
  ),
  ["use_redis", lost(redis, isOff)],
  ...[
    "key_prefix",
    "selector_prefix",
    "servers",
    "read_servers",
    "write_servers",
    "db",
    "dbname",
    "password",
    "username",
  ].map((name) => [name, lost(redis)] as const),
  ["use_vault", lost(vault, isOff)],
  ...[
    "vault_url",
    "vault_token",
    "vault_domains",
    "vault_path",
    "vault_kv_version",
    "no_ssl_verify",
  ].map((name) => [name, lost(vault)] as const),
  ["use_http_headers", lost(http, isOff)],
  ["allow_headers_fallback", notNeeded("only with use_http_headers")],
  ...[
    "http_sign_header",
    "http_sign_on_reject_header_header",
    "http_domain_header",
    "http_selector_header",
    "http_key_header",
  ].map((name) => [name, notNeeded("only with use_http_headers")] as const),
]);
