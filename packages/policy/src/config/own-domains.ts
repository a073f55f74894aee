import type { DomainScopes } from "./routes.ts";
import type { Config } from "./schema.ts";
import type { SigningSettings } from "./signing-options.ts";

/** A place of the config that has options of its own, and domains with theirs. */
interface Place {
  readonly signing?: SigningSettings | undefined;
  readonly domains?: DomainScopes | undefined;
}

/** The bindings that a config knows, in groups and alone. */
export function bindingNames(config: Config): readonly string[] {
  const grouped = Object.values(config.bindingGroups).flatMap((group) =>
    Object.keys(group.bindings ?? {}),
  );
  return [...new Set([...Object.keys(config.bindings), ...grouped])];
}

/** The domains that scopes name one by one; patterns are left out, for they name none. */
export function scopedDomains(config: Config): ReadonlySet<string> {
  const named = placesOf(config).flatMap(({ domains }) => Object.keys(domains ?? {}));
  return new Set(named.filter((domain) => !domain.startsWith("*")));
}

/** Every domain that the config may sign as: the scopes' own, and those that options name. */
export function ownDomains(config: Config): ReadonlySet<string> {
  const own = new Set(scopedDomains(config));
  const addOf = (signing: SigningSettings | undefined): void => {
    const { domain, baseDomain, fallbackDomain } = signing ?? {};
    for (const name of [domain, baseDomain, fallbackDomain]) if (name !== undefined) own.add(name);
    for (const signature of signing?.signatures ?? []) addOf(signature);
  };
  for (const { signing, domains } of placesOf(config)) {
    addOf(signing);
    for (const scope of Object.values(domains ?? {})) addOf(scope.signing);
  }
  return own;
}

function placesOf(config: Config): readonly Place[] {
  const groups = Object.values(config.bindingGroups);
  return [
    config,
    ...Object.values(config.bindings),
    ...groups,
    ...groups.flatMap((group) => Object.values(group.bindings ?? {})),
  ];
}
