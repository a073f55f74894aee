import type { Section } from "../imported-config.ts";
import { keyOptions } from "../key-strength.ts";
import type { OpendkimSettings } from "./settings.ts";
import { OpendkimTables } from "./tables.ts";

/** Converts KeyTable and SigningTable, or Domain, Selector and KeyFile, to `signing` options and scopes of domains. */
export function signingOf(settings: OpendkimSettings): {
  readonly options: Section;
  readonly domains: Section;
} {
  const keys = settings.get("keytable");
  const table = settings.get("signingtable");
  if (keys === undefined) {
    if (table !== undefined) {
      settings.account.notCarried(table, table.name, "it needs KeyTable, which is not set");
    }
    settings.ignored(["multiplesignatures"], "there is no KeyTable");
    return { options: { sign: false }, domains: singleKey(settings) };
  }
  settings.ignored(["domain", "selector", "keyfile", "subdomains"], "KeyTable is set");
  const keyRows = settings.source.dataset(keys);
  const tableRows = table === undefined ? undefined : settings.source.dataset(table);
  for (const [setting, set] of [
    [keys, keyRows],
    [table, tableRows],
  ] as const) {
    if (setting !== undefined && set?.ok === false) {
      settings.account.notCarried(setting, setting.name, set.reason);
    } else if (setting !== undefined && set?.ok === true && !set.inline) {
      settings.account.carried(setting, setting.name, "signing.table");
    }
  }
  const all = settings.isOn("multiplesignatures");
  settings.carried("multiplesignatures", `signing.table.match: ${all ? "all" : "first"}`);
  if (table === undefined) {
    settings.account.notCarried(
      keys,
      keys.name,
      "without SigningTable a Lua script chooses the key: write a hook beforeSign",
    );
  }
  if (keyRows.ok && tableRows?.ok === true) {
    const rows = new OpendkimTables(settings.source, settings.account, settings.readText).rows(
      keyRows,
      tableRows,
    );
    if (rows.length > 0) {
      return { options: { table: { ...(all ? { match: "all" } : {}), rows } }, domains: {} };
    }
  }
  return { options: { sign: false }, domains: {} };
}

/** One key for all named domains; other domains are not signed. */
function singleKey(settings: OpendkimSettings): Section {
  const [domain, selector, key] = ["domain", "selector", "keyfile"].map((name) =>
    settings.get(name),
  );
  if (domain === undefined) {
    settings.ignored(["selector", "keyfile", "subdomains"], "Domain is not set");
    return {};
  }
  const path = key === undefined ? undefined : settings.source.path(key.value);
  const signing: Section = {
    sign: true,
    ...(selector === undefined ? {} : { selector: selector.value }),
    ...(path === undefined ? {} : { key: path }),
    ...keyOptions({ key: path }, key ?? domain, settings.account, settings.readText),
  };
  settings.carried("selector", "selector of each domain");
  settings.carried("keyfile", "key of each domain");
  settings.carried("subdomains", "scopes of all subdomains");
  const subdomains = settings.isOn("subdomains");
  const scopes: Section = {};
  for (const entry of settings.entries(domain)) {
    const name = entry.key.toLowerCase();
    const isWild = name === "*" || /^\*\.[^*]+$/.test(name);
    if (name.includes("*") && !isWild) {
      settings.account.notCarried(
        entry,
        `Domain ${name}`,
        "patterns are limited to *.example.com and *: name the domains",
      );
      continue;
    }
    settings.account.carried(entry, `Domain ${entry.key}`, `domains.${name}`);
    scopes[name] = { signing };
    if (subdomains && !isWild && !Object.hasOwn(scopes, `*.${name}`)) {
      scopes[`*.${name}`] = { signing: { ...signing, domain: name, identity: `@${name}` } };
    }
  }
  return scopes;
}

/** ExemptDomains: neither signed nor verified. */
export function exemptDomains(settings: OpendkimSettings): Section {
  const setting = settings.get("exemptdomains");
  if (setting === undefined) return {};
  return Object.fromEntries(
    settings.entries(setting).flatMap((entry) => {
      if (/^(?:\*\.)?[^*\s]+$/.test(entry.key)) {
        settings.account.carried(
          entry,
          `ExemptDomains ${entry.key}`,
          "a scope with sign: false and verify: false",
        );
        return [[entry.key, { signing: { sign: false }, verification: { verify: false } }]];
      }
      settings.account.notCarried(
        entry,
        `ExemptDomains ${entry.key}`,
        "patterns are limited to *.example.com: name the domains",
      );
      return [];
    }),
  );
}
