import { everyScope } from "./every-scope.ts";
import type { Config } from "./schema.ts";
import type { SigningSettings } from "./signing-options.ts";

/** The domains that scopes name one by one; patterns are left out, for they name none. */
export function scopedDomains(config: Config): ReadonlySet<string> {
  const named = new Set<string>();
  for (const { path } of everyScope(config)) {
    const name = path.at(-2) === "domains" ? String(path.at(-1)) : "*";
    if (!name.startsWith("*")) named.add(name);
  }
  return named;
}

/** Every domain that the config may sign as: the scopes' own, and those that options name. */
export function ownDomains(config: Config): ReadonlySet<string> {
  const own = new Set(scopedDomains(config));
  const addNamed = ({ domain, baseDomain, fallbackDomain, signatures }: SigningSettings): void => {
    for (const name of [domain, baseDomain, fallbackDomain]) if (name !== undefined) own.add(name);
    for (const signature of signatures ?? []) addNamed(signature);
  };
  for (const { signing } of everyScope(config)) addNamed(signing ?? {});
  return own;
}
