import type { ConfigPath } from "../loading/problem.ts";
import type { Binding, DomainScopes, NextHop } from "../schema/bindings.ts";
import type { Config } from "../schema/config-schema.ts";
import type { SignatureSettings, SigningSettings } from "../schema/signing.ts";
import type { VerificationSettings } from "../schema/verification.ts";

/** One place that says something, and where it stands in the file. */
export interface PlacedScope {
  readonly path: ConfigPath;
  /** The binding that it is of. */
  readonly binding?: string;
  readonly signing?: SigningSettings | undefined;
  readonly verification?: VerificationSettings | undefined;
  readonly nextHop?: NextHop | undefined;
}

type RouteScope = Omit<PlacedScope, "path" | "binding"> & {
  readonly domains?: DomainScopes | undefined;
};

/** Every scope that the config writes down: global, groups, bindings, and the domains in each. */
export function* everyScope(config: Config): Generator<PlacedScope> {
  yield { path: [], signing: config.signing, verification: config.verification };
  yield* domainScopes(config.domains, ["domains"]);
  for (const [name, group] of Object.entries(config.bindingGroups)) {
    yield* routeScopes(group, ["bindingGroups", name]);
    yield* bindingScopes(group.bindings ?? {}, ["bindingGroups", name, "bindings"]);
  }
  yield* bindingScopes(config.bindings, ["bindings"]);
}

/** One place that says what a signature is made with. */
export interface PlacedSignature {
  readonly path: ConfigPath;
  readonly settings: SignatureSettings;
  /** Of a row of `signing.table`: the From addresses that it is for. */
  readonly from?: string;
}

/** What a scope says of signatures: of all of them, of each of several, and row by row. */
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
