import { everyScope, everySignature } from "./every-scope.ts";
import type { Config } from "./schema.ts";

/** The domains that scopes name one by one; patterns are left out, for they name none. */
export function scopedDomains(config: Config): ReadonlySet<string> {
  const named = new Set<string>();
  for (const { path } of everyScope(config)) {
    const name = path.at(-2) === "domains" ? String(path.at(-1)) : "*";
    if (!name.startsWith("*")) named.add(name);
  }
  return named;
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

/** Every domain that the config may sign as: the scopes' own, and those that options name. */
export function ownDomains(config: Config): ReadonlySet<string> {
  const own = new Set([...scopedDomains(config), ...tabledDomains(config)]);
  for (const scope of everyScope(config)) {
    for (const { settings } of everySignature(scope)) {
      for (const name of [settings.domain, settings.baseDomain]) {
        if (name !== undefined) own.add(name);
      }
    }
    const { fallbackDomain } = scope.signing ?? {};
    if (fallbackDomain !== undefined) own.add(fallbackDomain);
  }
  return own;
}
