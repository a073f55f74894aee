import {
  bindingNames,
  type Config,
  everyScope,
  scopedDomains,
  signingSettings,
} from "@mailseal/config";
import type { KeyDatabase } from "../keys/key-database.ts";
import type { KeyRequest } from "../keys/key-request.ts";
import { configuredSignatures } from "./configured-signature.ts";

/**
 * The keys of every domain that the config or the key database names explicitly, and of `others`, for every
 * binding. A key that several bindings use is repeated.
 */
export function* configuredKeys(
  config: Config,
  database: Pick<KeyDatabase, "list" | "find"> | undefined,
  others: Iterable<string> = [],
): Generator<KeyRequest> {
  const inDatabase = new Set(database?.list().map(({ domain }) => domain));
  const lookUpRows = (domain: string): ReturnType<KeyDatabase["find"]> =>
    inDatabase.has(domain) ? (database?.find(domain) ?? []) : [];
  const domains = new Set([...scopedDomains(config), ...inDatabase, ...others]);
  for (const binding of [undefined, ...bindingNames(config)]) {
    for (const domain of domains) {
      const settings = signingSettings(config, { domain, binding });
      if (settings.sign === false) continue;
      for (const { request } of configuredSignatures(settings, domain, lookUpRows)) {
        if (request !== undefined) yield request;
      }
    }
  }
  for (const { signing } of everyScope(config)) {
    for (const { from, ...row } of signing?.table?.rows ?? []) {
      const domain = from.slice(from.lastIndexOf("@") + 1);
      const settings = { ...config.signing, ...signing, table: undefined, signatures: [row] };
      const author = domain.includes("*") ? undefined : domain;
      for (const { request } of configuredSignatures(settings, author, lookUpRows)) {
        if (request !== undefined) yield request;
      }
    }
  }
}
