/**
 * Names of our options in other software: in Momentum's `opendkim` module, and in OpenDKIM if it uses another name.
 * The error for an unknown option suggests ours.
 *
 * ```ts
 * optionAliases.get("header_canon"); // "canonicalization"
 * ```
 */
export const optionAliases: ReadonlyMap<string, string> = new Map([
  ["opendkim_sign", "sign"],
  ["base_domain", "baseDomain"],
  ["header_canon", "canonicalization"],
  ["body_canon", "canonicalization"],
  ["digest", "algorithm"],
  ["keybuf", "keyText"],
  ["keyfile", "key"],
  ["headerlist", "headers"],
  ["oversign_headerlist", "oversign"],
  ["skip_headerlist", "skip"],
  ["copy_headers", "copyHeaders"],
  ["body_length_limit", "bodyLength"],
  ["lifetime", "expireAfter"],
  ["sign_condition", "signCondition"],
  ["keycache_size", "cacheSize"],
  ["pos_keycache_ttl", "positiveTtl"],
  ["neg_keycache_ttl", "negativeTtl"],
  ["dkim_domain", "domains"],
  ["binding_group", "bindingGroups"],
  ["binding", "bindings"],
  ["domain", "domains"],
  ["signing_stats", "statistics"],
  ["signheaders", "headers"],
  ["oversignheaders", "oversign"],
  ["omitheaders", "skip"],
  ["signaturettl", "expireAfter"],
  ["signaturealgorithm", "algorithm"],
  ["minimumkeybits", "minimumRsaBits"],
  ["bodylengths", "bodyLength"],
  ["removeoldsignatures", "removeOldSignatures"],
  ["authservid", "authservId"],
]);
