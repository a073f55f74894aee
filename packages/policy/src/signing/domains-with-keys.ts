import { access, readdir } from "node:fs/promises";
import { type Config, everyScope, everySignature } from "@mailseal/config";
import { toAsciiDomain } from "@mailseal/syntax";
import { KeyDatabase } from "../keys/key-database.ts";
import { expandKeyPath } from "../keys/key-request.ts";

/** A domain that has a key, and the binding that the key belongs to. */
export interface DomainWithKeys {
  readonly domain: string;
  readonly binding?: string;
}

/**
 * The domains that need no scope of their own because there are keys for them: in rows of the key database, or in
 * files that match a path with `%{d}`. Throws a `PolicyError` "key-database" if the database cannot be read.
 *
 * ```ts
 * for await (const { domain, binding } of domainsWithKeys(config)) console.log(domain, binding);
 * ```
 */
export async function* domainsWithKeys(config: Config): AsyncGenerator<DomainWithKeys> {
  for (const domain of databaseDomains(config)) yield { domain };
  for (const scope of everyScope(config)) {
    for (const { settings } of everySignature(scope)) {
      const { key = scope.signing?.key, selector = scope.signing?.selector } = settings;
      if (key?.includes("%{d}") !== true) continue;
      for (const domain of await domainsWithFiles(key, selector)) {
        yield scope.binding === undefined ? { domain } : { domain, binding: scope.binding };
      }
    }
  }
}

function databaseDomains({ keys: { database: path } }: Config): ReadonlySet<string> {
  if (path === undefined) return new Set();
  const database = new KeyDatabase(path);
  try {
    return new Set(database.list().map(({ domain }) => domain));
  } finally {
    database.close();
  }
}

async function domainsWithFiles(
  template: string,
  selector: string | undefined,
): Promise<readonly string[]> {
  if (selector === undefined && template.includes("%{s}")) return [];
  const parts = template.split("/");
  const index = parts.findIndex((part) => part.includes("%{d}"));
  const part = parts[index] ?? "";
  const [prefix, suffix] = [
    expandKeyPath(part.slice(0, part.indexOf("%{d}")), "", selector ?? ""),
    expandKeyPath(part.slice(part.lastIndexOf("%{d}") + "%{d}".length), "", selector ?? ""),
  ];
  const directory = expandKeyPath(parts.slice(0, index).join("/"), "", selector ?? "");
  const names = await readdir(directory === "" && index > 0 ? "/" : directory || ".").catch(
    () => [],
  );
  const domains = names
    .filter((name) => name.startsWith(prefix) && name.endsWith(suffix))
    .map((name) => name.slice(prefix.length, name.length - suffix.length))
    .filter((name) => name !== "" && toAsciiDomain(name) === name);
  const found = domains.map(async (domain) => {
    const file = expandKeyPath(template, domain, selector ?? "");
    return access(file).then(
      () => [domain],
      () => [],
    );
  });
  return (await Promise.all(found)).flat();
}
