import { parseDocument } from "yaml";
import { layout } from "../../host/layout.ts";

/** A section of a config, which may be changed before it is written. */
export type Section = { [name: string]: unknown };

/** A key that a config signs with. */
export interface ConfiguredKey {
  readonly domain: string;
  readonly selector: string;
  readonly file: string;
  /** It signs only once DNS publishes it: a setup has made it, and not taken it over. */
  readonly waitsForDns: boolean;
}

/** The keys in our key directory that a config signs with: an earlier setup has put them there. */
export function configuredKeys(text: string | undefined): readonly ConfiguredKey[] {
  const config: unknown = parseDocument(text ?? "").toJS();
  if (!isSection(config)) return [];
  const keys = new Map<string, ConfiguredKey>();
  for (const { signing, domain, waitsForDns } of signaturesOf(config)) {
    const { key: file, selector } = signing;
    const known = typeof signing["domain"] === "string" ? signing["domain"] : domain;
    if (typeof file !== "string" || typeof selector !== "string" || known === undefined) continue;
    if (!file.startsWith(`${layout.keys}/`) || file.includes("%{")) continue;
    keys.set(`${selector} ${known}`, { domain: known, selector, file, waitsForDns });
  }
  return [...keys.values()];
}

/** Every place in which a config names a key, with the domain of its scope. */
export function* signaturesOf(config: Section): Generator<{
  readonly signing: Section;
  readonly domain: string | undefined;
  readonly waitsForDns: boolean;
}> {
  const { signing, domains } = config;
  if (isSection(signing)) {
    yield* ofScope(signing, undefined);
    const { table } = signing;
    const rows: readonly unknown[] =
      isSection(table) && Array.isArray(table["rows"]) ? table["rows"] : [];
    for (const row of rows.filter(isSection)) {
      yield { signing: row, domain: domainOfPattern(row["from"]), waitsForDns: false };
    }
  }
  for (const [pattern, scope] of Object.entries(isSection(domains) ? domains : {})) {
    if (isSection(scope) && isSection(scope["signing"])) {
      yield* ofScope(scope["signing"], domainOfPattern(`*@${pattern}`));
    }
  }
}

function* ofScope(signing: Section, domain: string | undefined): ReturnType<typeof signaturesOf> {
  const waitsForDns = signing["requirePublished"] === true;
  yield { signing, domain, waitsForDns };
  const { signatures } = signing;
  const several: readonly unknown[] = Array.isArray(signatures) ? signatures : [];
  for (const signature of several.filter(isSection)) {
    yield { signing: signature, domain, waitsForDns };
  }
}

/** The domain of "*@example.com"; undefined for a pattern of domains. */
function domainOfPattern(from: unknown): string | undefined {
  const domain = typeof from === "string" ? from.slice(from.lastIndexOf("@") + 1) : "*";
  return domain.includes("*") ? undefined : domain;
}

function isSection(value: unknown): value is Section {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
