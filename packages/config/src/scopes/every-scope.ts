import type { ConfigPath } from "../loading/problem.ts";
import type { Binding, DomainScopes, NextHop } from "../schema/bindings.ts";
import type { Config } from "../schema/config-schema.ts";
import type { SignatureSettings, SigningSettings } from "../schema/signing.ts";
import type { VerificationSettings } from "../schema/verification.ts";

/** A scope of the config, and its place in the file. */
export interface PlacedScope {
  readonly path: ConfigPath;
  /** The binding that it belongs to. */
  readonly binding?: string;
  readonly signing?: SigningSettings | undefined;
  readonly verification?: VerificationSettings | undefined;
  readonly nextHop?: NextHop | undefined;
}

type RouteScope = Omit<PlacedScope, "path" | "binding"> & {
  readonly domains?: DomainScopes | undefined;
};

/**
 * Every scope in the config: global, groups, bindings, and the domains in each.
 *
 * ```ts
 * for (const { path, signing } of everyScope(config)) console.log(path.join("."), signing?.selector);
 * ```
 */
export function* everyScope(config: Config): Generator<PlacedScope> {
  yield { path: [], signing: config.signing, verification: config.verification };
  yield* domainScopes(config.domains, ["domains"]);
  for (const [name, group] of Object.entries(config.bindingGroups)) {
    yield* routeScopes(group, ["bindingGroups", name]);
    yield* bindingScopes(group.bindings ?? {}, ["bindingGroups", name, "bindings"]);
  }
  yield* bindingScopes(config.bindings, ["bindings"]);
}

/** The options of one signature, and their place in the file. */
export interface PlacedSignature {
  readonly path: ConfigPath;
  readonly settings: SignatureSettings;
  /** For a row of `signing.table`: the pattern of its From addresses. */
  readonly from?: string;
}

/**
 * The signature options of a scope: those for all signatures, those for each of several, and those of each row.
 *
 * ```ts
 * for (const scope of everyScope(config)) {
 *   for (const { settings } of everySignature(scope)) console.log(settings.selector, settings.key);
 * }
 * ```
 */
export function* everySignature({ path, signing }: PlacedScope): Generator<PlacedSignature> {
  if (signing === undefined) return;
  const here = [...path, "signing"];
  yield { path: here, settings: signing };
  for (const [index, settings] of (signing.signatures ?? []).entries()) {
    yield { path: [...here, "signatures", index], settings };
  }
  for (const [index, settings] of (signing.table?.rows ?? []).entries()) {
    yield { path: [...here, "table", "rows", index], settings, from: settings.from };
  }
}

function* bindingScopes(
  bindings: Readonly<Record<string, Binding>>,
  path: ConfigPath,
): Generator<PlacedScope> {
  for (const [name, binding] of Object.entries(bindings)) {
    for (const scope of routeScopes(binding, [...path, name])) yield { ...scope, binding: name };
  }
}

function* routeScopes(route: RouteScope, path: ConfigPath): Generator<PlacedScope> {
  const { signing, verification, nextHop, domains } = route;
  yield { path, signing, verification, nextHop };
  yield* domainScopes(domains ?? {}, [...path, "domains"]);
}

function* domainScopes(domains: DomainScopes, path: ConfigPath): Generator<PlacedScope> {
  for (const [pattern, { signing, verification }] of Object.entries(domains)) {
    yield { path: [...path, pattern], signing, verification };
  }
}
