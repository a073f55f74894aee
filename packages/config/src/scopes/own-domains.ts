import type { Config } from "../schema/config-schema.ts";
import { everyScope, everySignature, type PlacedScope } from "./every-scope.ts";

/**
 * The domains that scopes name individually; patterns name none.
 *
 * ```ts
 * const { config } = readConfig('domains: { example.com: {}, "*.example.net": {} }');
 * config && [...scopedDomains(config)]; // ["example.com"]
 * ```
 */
export function scopedDomains(config: Config): ReadonlySet<string> {
  return new Set(namedScopes(config).map(({ domain }) => domain));
}

/**
 * Every domain that the config may sign as: those of the scopes, and those that options name.
 *
 * ```ts
 * const { config } = readConfig("signing: { fallbackDomain: bulk.example.com }\ndomains: { example.com: {} }");
 * config && ownDomains(config).has("bulk.example.com"); // true
 * ```
 */
export function ownDomains(config: Config): ReadonlySet<string> {
  return new Set([...scopedDomains(config), ...tabledDomains(config), ...optionDomains(config)]);
}

/**
 * The domains that the config names as signing domains.
 *
 * ```ts
 * const { config } = readConfig("signing: { domain: example.com }");
 * config && [...namedSigners(config)]; // ["example.com"]
 * ```
 */
export function namedSigners(config: Config): ReadonlySet<string> {
  return new Set([...signedDomains(config), ...tabledDomains(config), ...optionDomains(config)]);
}

/**
 * The domains of scopes that are about signing: a domain whose scopes set only verification options is not among them.
 *
 * ```ts
 * const { config } = readConfig("domains: { example.com: { signing: { selector: mail2026 } } }");
 * config && [...signedDomains(config)]; // ["example.com"]
 * ```
 */
export function signedDomains(config: Config): ReadonlySet<string> {
  const signing = namedScopes(config).filter(
    ({ scope }) => scope.signing !== undefined || scope.verification === undefined,
  );
  return new Set(signing.map(({ domain }) => domain));
}

function namedScopes(
  config: Config,
): readonly { readonly domain: string; readonly scope: PlacedScope }[] {
  return [...everyScope(config)].flatMap((scope) => {
    const { path } = scope;
    const domain = path.at(-2) === "domains" ? String(path.at(-1)) : "*";
    return domain.startsWith("*") ? [] : [{ domain, scope }];
  });
}

/** The domains that rows of signing tables name individually. */
function tabledDomains(config: Config): ReadonlySet<string> {
  const named = new Set<string>();
  for (const scope of everyScope(config)) {
    for (const { from = "" } of everySignature(scope)) {
      const domain = from.slice(from.lastIndexOf("@") + 1);
      if (domain !== "" && !domain.includes("*")) named.add(domain);
    }
  }
  return named;
}

function optionDomains(config: Config): ReadonlySet<string> {
  const named = new Set<string>();
  for (const scope of everyScope(config)) {
    for (const { settings } of everySignature(scope)) {
      for (const name of [settings.domain, settings.baseDomain]) {
        if (name !== undefined) named.add(name);
      }
    }
    const { fallbackDomain } = scope.signing ?? {};
    if (fallbackDomain !== undefined) named.add(fallbackDomain);
  }
  return named;
}
