import { truth } from "../imported-config.ts";

/** What becomes of a setting of rspamd's dkim_signing that is read by itself. */
export type RspamdOption =
  | { readonly kind: "not-needed"; readonly why: string }
  /** Lost unless its value says what is done here anyway. */
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
  "keys are not read from Redis: write each into a file, and name it in signing.key or with mailseal domains add";
const vault = "keys are not read from Vault: write each into a file, and name it in signing.key";
const http = "signing by HTTP headers is done by the worker's /v1/sign: see docs/queue.md";
const domainChoice =
  "d= follows the author of From here: set domain of a scope, or choose in the hook beforeSign";
const running = "how rspamd runs and reports";

/** By name; others are read together. */
export const rspamdOptions: ReadonlyMap<string, RspamdOption> = new Map<string, RspamdOption>([
  ...["symbol", "use_milter_headers", "http_timeout", "groups", "priority"].map(
    (name) => [name, notNeeded(running)] as const,
  ),
  [
    "allow_envfrom_empty",
    lost("bounces are signed as other mail: skip them in the hook beforeSign", isOn),
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
    lost("a message with authors of several domains is not signed: set domain of a scope", isOff),
  ],
  ["allow_pubkey_mismatch", notNeeded("only with check_pubkey")],
  ["sign_inbound", lost("mail of strangers is verified, not signed", isOff)],
  ["skip_spam_sign", lost("whether mail is spam is not known here", isOff)],
  ["check_violation", lost("signatures that mail brings along do not stop its signing", isOff)],
  ["sign_condition", lost("Lua does not run here: write the hook beforeSign (docs/hooks.md)")],
  ["use_domain_custom", lost("Lua does not run here: write the hook beforeSign (docs/hooks.md)")],
  ["allowed_ids", lost("rspamd's settings are not known here: choose in the hook beforeSign")],
  ["forbidden_ids", lost("rspamd's settings are not known here: choose in the hook beforeSign")],
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
