import type { DomainScopes } from "../schema/bindings.ts";
import type { Config } from "../schema/config-schema.ts";
import { signingDefaults, type SigningSettings } from "../schema/signing.ts";
import { verificationDefaults, type VerificationSettings } from "../schema/verification.ts";
import { findBinding } from "./find-binding.ts";

/** The properties of a message that choose its scopes. */
export interface ScopeQuery {
  /** The From domain, as an A-label in lower case. */
  readonly domain: string;
  readonly binding?: string | undefined;
}

/** One level of the config at which options can be set for a message. */
export interface Scope {
  /** As people read it: `domain example.com in binding pool-a in group bulk`, `global`, `built-in`. */
  readonly name: string;
  readonly signing?: SigningSettings | undefined;
  readonly verification?: VerificationSettings | undefined;
}

/** The value of an option, and the scope that it comes from. */
export interface Decided {
  readonly value: unknown;
  readonly scope: string;
}

const actionsOption = "actions";

type OptionalScope = Omit<Scope, "name"> | undefined;

/**
 * The scopes of a message, in order of precedence: domain in binding in group, domain in binding, domain in group,
 * binding (in its group, then alone), group, domain, global, built-in. Each option takes its value from the first scope
 * that sets it.
 *
 * ```ts
 * scopesFor(config, { domain: "example.com", binding: "out" }); // the narrowest scope first
 * ```
 */
export function scopesFor(config: Config, { domain, binding: name }: ScopeQuery): readonly Scope[] {
  const scopes: Scope[] = [];
  const add = (scopeName: string, scope: OptionalScope): void => {
    if (scope !== undefined) {
      scopes.push({
        name: scopeName,
        signing: scope.signing,
        verification: scope.verification,
      });
    }
  };
  const addDomain = (domains: DomainScopes | undefined, where: string): void => {
    const pattern = domains === undefined ? undefined : matchingPattern(domains, domain);
    if (domains !== undefined && pattern !== undefined) {
      add(`domain ${pattern}${where}`, domains[pattern]);
    }
  };
  if (name !== undefined) {
    const { groupName, group, nested, alone } = findBinding(config, name) ?? {};
    addDomain(nested?.domains, ` in binding ${name} in group ${groupName}`);
    addDomain(alone?.domains, ` in binding ${name}`);
    addDomain(group?.domains, ` in group ${groupName}`);
    add(`binding ${name} in group ${groupName}`, nested);
    add(`binding ${name}`, alone);
    add(`group ${groupName}`, group);
  }
  addDomain(config.domains, "");
  add("global", config);
  add("built-in", { signing: signingDefaults, verification: verificationDefaults });
  return scopes;
}

/**
 * Every signing option that a scope sets, with the scope that decides it.
 *
 * ```ts
 * decideSigning(config, { domain: "example.com" }).get("selector");
 * // { value: "mail2026", scope: "global" }
 * ```
 */
export function decideSigning(config: Config, query: ScopeQuery): ReadonlyMap<string, Decided> {
  return decide(scopesFor(config, query), ({ signing }) => signing);
}

/**
 * Every verification option that a scope sets, with the scope that decides it.
 *
 * ```ts
 * decideVerification(config, { domain: "example.com" }).get("minimumRsaBits")?.scope;
 * ```
 */
export function decideVerification(
  config: Config,
  query: ScopeQuery,
): ReadonlyMap<string, Decided> {
  return decide(scopesFor(config, query), ({ verification }) => verification);
}

/**
 * The signing options of a message, with all scopes merged.
 *
 * ```ts
 * const { selector, key } = signingSettings(config, { domain: "example.com", binding: "out" });
 * ```
 */
export function signingSettings(config: Config, query: ScopeQuery): SigningSettings {
  return merged(decideSigning(config, query));
}

/**
 * The verification options of a message, with all scopes merged.
 *
 * ```ts
 * const { actions, minimumRsaBits } = verificationSettings(config, { domain: "example.com" });
 * ```
 */
export function verificationSettings(config: Config, query: ScopeQuery): VerificationSettings {
  return merged(decideVerification(config, query));
}

/** The domain itself, else the longest `*.parent` above it, else `*`. */
function matchingPattern(domains: DomainScopes, domain: string): string | undefined {
  if (Object.hasOwn(domains, domain)) {
    return domain;
  }
  for (let dot = domain.indexOf("."); dot >= 0; dot = domain.indexOf(".", dot + 1)) {
    const pattern = `*${domain.slice(dot)}`;
    if (Object.hasOwn(domains, pattern)) {
      return pattern;
    }
  }
  return Object.hasOwn(domains, "*") ? "*" : undefined;
}

function decide(
  scopes: readonly Scope[],
  part: (scope: Scope) => Readonly<Record<string, unknown>> | undefined,
): ReadonlyMap<string, Decided> {
  const decided = new Map<string, Decided>();
  for (const scope of scopes) {
    for (const [option, value] of options(part(scope))) {
      if (value !== undefined && !decided.has(option)) {
        decided.set(option, { value, scope: scope.name });
      }
    }
  }
  return decided;
}

/** `actions` is a map: each action is decided separately. */
function* options(
  settings: Readonly<Record<string, unknown>> = {},
): Generator<readonly [option: string, value: unknown]> {
  for (const [option, value] of Object.entries(settings)) {
    if (option === actionsOption && typeof value === "object" && value !== null) {
      for (const [result, action] of Object.entries(value)) {
        yield [`${actionsOption}.${result}`, action];
      }
    } else {
      yield [option, value];
    }
  }
}

/** The schema has checked the value of each option. */
function merged<Settings>(decided: ReadonlyMap<string, Decided>): Settings {
  const settings: Record<string, unknown> = {};
  const actions: Record<string, unknown> = {};
  for (const [option, { value }] of decided) {
    if (option.startsWith(`${actionsOption}.`)) {
      actions[option.slice(actionsOption.length + 1)] = value;
      settings[actionsOption] = actions;
    } else {
      settings[option] = value;
    }
  }
  return settings as Settings;
}
