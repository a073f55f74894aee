import type { Config } from "../schema/config-schema.ts";
import { everyScope, everySignature, type PlacedScope } from "./every-scope.ts";

/** The domains that scopes name one by one; patterns are left out, for they name none. */
export function scopedDomains(config: Config): ReadonlySet<string> {
  return new Set(namedScopes(config).map(({ domain }) => domain));
}

/** Every domain that the config may sign as: the scopes' own, and those that options name. */
export function ownDomains(config: Config): ReadonlySet<string> {
  return new Set([...scopedDomains(config), ...tabledDomains(config), ...optionDomains(config)]);
}

/** The domains that the config names to be signed as. */
export function namedSigners(config: Config): ReadonlySet<string> {
  return new Set([...signedDomains(config), ...tabledDomains(config), ...optionDomains(config)]);
}

/** The scopes' own domains whose mail is to be signed: one whose scopes speak of verification alone is none. */
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
