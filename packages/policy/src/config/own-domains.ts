import { everyScope, everySignature, type PlacedScope } from "./every-scope.ts";
import type { Config } from "./schema.ts";

/** The domains that scopes name one by one; patterns are left out, for they name none. */
export function scopedDomains(config: Config): ReadonlySet<string> {
  return new Set(namedScopes(config).map(({ domain }) => domain));
}

/** Every domain that the config may sign as: the scopes' own, and those that options name. */
export function ownDomains(config: Config): ReadonlySet<string> {
  return new Set([...scopedDomains(config), ...tabledDomains(config), ...optionDomains(config)]);
}

/** The domains that the config names to be signed as: a scope that speaks of verification alone names none. */
export function namedSigners(config: Config): ReadonlySet<string> {
  const signing = namedScopes(config).filter(
    ({ scope }) => scope.signing !== undefined || scope.verification === undefined,
  );
  return new Set([
    ...signing.map(({ domain }) => domain),
    ...tabledDomains(config),
    ...optionDomains(config),
  ]);
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

/** Those of them whose mail is to be signed: a domain of which only verification is said is none. */
export function signedDomains(config: Config): ReadonlySet<string> {
  const verifiedOnly = new Set(scopedDomains(config));
  for (const { path, signing, verification } of everyScope(config)) {
    if (signing !== undefined || verification === undefined)
      verifiedOnly.delete(String(path.at(-1)));
  }
  return new Set([...scopedDomains(config)].filter((domain) => !verifiedOnly.has(domain)));
}

/** The domains that rows of signing tables name one by one. */
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
