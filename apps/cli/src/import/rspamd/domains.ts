import { getDomain } from "tldts";
import type { Place } from "../account.ts";
import type { Section } from "../imported-config.ts";
import { keyOptions } from "../key-strength.ts";
import { readMap, template } from "./maps.ts";
import { placeOf, type RspamdSettings } from "./settings.ts";
import type { UclEntry, UclValue } from "./ucl.ts";

interface Signature {
  selector?: string | undefined;
  key?: string | undefined;
}

interface Named {
  readonly place: Place;
  readonly signatures: Signature[];
}

/** Converts `domain { }`, `selector_map` and `path_map` to scopes of the named domains. */
export function domainScopes(
  settings: RspamdSettings,
  usesEsld: boolean,
  defaults: Section,
): Section {
  const named = new Map<string, Named>();
  for (const { entry, file } of settings.all("domain")) readDomains(settings, file, entry, named);
  settings.settled("domain");
  fill(settings, "selector_map", "selector", named);
  fill(settings, "path_map", "key", named);
  const scopes: Section = {};
  for (const [domain, { place, signatures }] of named) {
    const registered = getDomain(domain, { allowPrivateDomains: true });
    if (usesEsld && registered !== null && registered !== domain) {
      settings.account.warn(
        place,
        `with use_esld, rspamd signs for ${registered} and never for ${domain}, so the config has no scope for it`,
      );
      continue;
    }
    const made = signatures.map(({ selector, key }) => {
      const path = key ?? String(defaults["key"]);
      const name = selector ?? String(defaults["selector"]);
      const file = path.replaceAll("%{d}", domain).replaceAll("%{s}", name);
      const { account, readText } = settings;
      const options = keyOptions({ key: file }, place, account, readText);
      if (selector !== undefined) options["selector"] = selector;
      if (key !== undefined) options["key"] = key;
      return options;
    });
    const [first = {}] = made;
    const signing = made.length > 1 ? { sign: true, signatures: made } : { sign: true, ...first };
    scopes[domain] = { signing };
    if (usesEsld) scopes[`*.${domain}`] = { signing: { ...signing, domain } };
  }
  return scopes;
}

function readDomains(
  { account }: RspamdSettings,
  file: string,
  entry: UclEntry,
  named: Map<string, Named>,
): void {
  account.carried(placeOf({ entry, file }), "domain", "domains");
  for (const of of entriesOf(entry.value)) {
    const domain = of.key.toLowerCase();
    const place = placeOf({ entry: of, file });
    if (!/^[^*\s@/]+$/.test(domain) || of.value.kind !== "object") {
      account.notCarried(place, `domain ${of.key}`, "expected a domain with { selector, path }");
      continue;
    }
    const signatures: Signature[] = [];
    const own = signatureOf(of.value.entries, file, account);
    if (own.selector !== undefined || own.key !== undefined) signatures.push(own);
    for (const { key, value } of of.value.entries) {
      if (key !== "selectors" || value.kind !== "array") continue;
      for (const item of value.items) {
        signatures.push(signatureOf(entriesOf(item.value), file, account));
      }
    }
    named.set(domain, { place, signatures });
  }
}

function entriesOf(value: UclValue): readonly UclEntry[] {
  return value.kind === "object" ? value.entries : [];
}

function signatureOf(
  entries: readonly UclEntry[],
  file: string,
  account: RspamdSettings["account"],
): Signature {
  const signature: Signature = {};
  for (const entry of entries) {
    const { key, value } = entry;
    if (key === "selector" && value.kind === "text") signature.selector = value.text;
    else if (key === "path" && value.kind === "text") signature.key = template(value.text);
    else if (key !== "selectors") {
      account.notCarried(placeOf({ entry, file }), key, "expected selector, path or selectors");
    }
  }
  return signature;
}

/** An entry of a map applies if the block of the domain does not set the option. Without a block, it adds the domain. */
function fill(
  settings: RspamdSettings,
  name: string,
  option: keyof Signature,
  named: Map<string, Named>,
): void {
  const placed = settings.get(name);
  if (placed === undefined) return;
  settings.settled(name);
  const { account, readText } = settings;
  const entries = readMap(placed.file, placed.entry, account, readText);
  if (entries === undefined) return;
  account.carried(placeOf(placed), name, "domains");
  for (const { key, value, ...place } of entries) {
    const domain = key.toLowerCase();
    if (!/^[^*\s@/]+$/.test(domain) || value === "") {
      account.notCarried(place, `${name} ${key}`, "expected a domain and a value");
      continue;
    }
    account.carried(place, `${name} ${key}`, `domains.${domain}`);
    const of = named.get(domain) ?? { place, signatures: [] };
    if (of.signatures.length === 0) of.signatures.push({});
    for (const signature of of.signatures) {
      signature[option] ??= option === "key" ? template(value) : value;
    }
    named.set(domain, of);
  }
}
