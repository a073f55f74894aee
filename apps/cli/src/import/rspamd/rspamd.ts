import type { ConfigInput } from "@mailseal/config";
import { ImportAccount } from "../account.ts";
import {
  type ImportedConfig,
  nonEmpty,
  type ReadText,
  type Section,
  truth,
} from "../imported-config.ts";
import { type Dataset, OpendkimSource } from "../opendkim/source.ts";
import { OpendkimTables } from "../opendkim/tables.ts";
import { domainScopes } from "./domains.ts";
import { eligible } from "./eligible.ts";
import { readMap, template } from "./maps.ts";
import { rspamdOptions } from "./options.ts";
import { placeOf, readRspamd, RspamdSettings } from "./settings.ts";

/** The default address of rspamd's proxy worker, to which mail servers connect by milter. */
const proxyAddress = "127.0.0.1:11332";
const defaultPath = "/var/lib/rspamd/dkim/$domain.$selector.key";

/** Converts rspamd's dkim_signing, from one file or from its whole directory, to a Mailseal config. */
export function importRspamd(path: string, readText: ReadText): ImportedConfig {
  const account = new ImportAccount();
  const settings = readRspamd(path, account, readText);
  const signing: Section = {
    canonicalization: "relaxed/relaxed",
    // Without a key, rspamd sends mail unsigned.
    onMissingKey: "deliver",
    selector: plainText(settings, "selector", "signing.selector") ?? "dkim",
    key: template(plainText(settings, "path", "signing.key") ?? defaultPath),
    ...fieldsOf(settings),
    ...signingDomain(settings),
    ...published(settings),
  };
  const { relayNetworks, signCondition } = eligible(settings);
  const rows = tableRows(settings);
  const usesEsld = settings.isOn("use_esld", true);
  const scopes = domainScopes(settings, usesEsld, signing);
  Object.assign(signing, signCondition, rows);
  if (!settings.isOn("try_fallback", true) && rows["table"] === undefined) signing["sign"] = false;
  settings.carriedAll("try_fallback", "signing.sign for other domains");
  if (!settings.isOn("enabled", true)) signing["sign"] = false;
  settings.carriedAll("enabled", "signing.sign");
  subdomains(settings, usesEsld, signing);
  const byLogin = logins(settings);
  others(settings);
  const config = {
    signing,
    ...nonEmpty("domains", scopes),
    listeners: [
      {
        protocol: "milter",
        listen: proxyAddress,
        direction: "auto",
        relayNetworks,
        ...byLogin,
      },
    ],
  } as ConfigInput;
  return { config, account: account.lines(), warnings: account.warnings };
}

function plainText(settings: RspamdSettings, name: string, became: string): string | undefined {
  const text = settings.text(name);
  if (text !== undefined) settings.carriedAll(name, became);
  return text;
}

/** `use_domain`: the domain of the author, or a fixed domain. */
function signingDomain(settings: RspamdSettings): Section {
  const domain = settings.text("use_domain")?.toLowerCase();
  if (domain === undefined) return {};
  if (domain === "header") {
    settings.notNeededAll("use_domain", "d= follows From by default");
  } else if (domain === "envelope" || domain === "auth" || domain === "recipient") {
    settings.lostAll("use_domain", "d= follows From: choose in the hook beforeSign");
  } else {
    settings.carriedAll("use_domain", "signing.domain");
    return { domain };
  }
  return {};
}

function published(settings: RspamdSettings): Section {
  const checks = settings.isOn("check_pubkey", false);
  if (checks && !settings.isOn("allow_pubkey_mismatch", true)) {
    settings.carriedAll("check_pubkey", "signing.requirePublished");
    settings.carriedAll("allow_pubkey_mismatch", "signing.requirePublished");
    return { requirePublished: true };
  }
  settings.notNeededAll("check_pubkey", "it has no effect with allow_pubkey_mismatch");
  return {};
}

/** The default of `sign_headers`. */
const defaultSignHeaders =
  "(o)from:(x)sender:(o)reply-to:(o)subject:(x)date:(x)message-id:(o)to:(o)cc:(x)mime-version:(x)content-type:(x)content-transfer-encoding:resent-to:resent-cc:resent-from:resent-sender:resent-message-id:(x)in-reply-to:(x)references:list-id:list-help:list-owner:list-unsubscribe:list-unsubscribe-post:list-subscribe:list-post:(x)openpgp:(x)autocrypt";
const oversignRemedy =
  "a field with (x) is signed but not oversigned: add it to signing.oversign, which also oversigns absent fields";

/** `sign_headers`: signs each field if present; (o) is oversigned; (x) is oversigned if present, which has no counterpart. */
function fieldsOf(settings: RspamdSettings): Section {
  const given = settings.text("sign_headers");
  const fields = (given ?? defaultSignHeaders)
    .split(":")
    .map((field) => /^\s*(?:\(([ox])\))?([!-9<-~]+)\s*$/.exec(field));
  if (fields.includes(null)) {
    settings.lostAll(
      "sign_headers",
      "the value is not a list of names separated by colons: set signing.headers",
    );
    return {};
  }
  const names = fields.map((field) => ({ mark: field?.[1], name: field?.[2] ?? "" }));
  if (given === undefined) settings.warn(`sign_headers by default: ${oversignRemedy}`);
  else if (names.some(({ mark }) => mark === "x")) settings.lostAll("sign_headers", oversignRemedy);
  else settings.carriedAll("sign_headers", "signing.headers and oversign");
  return {
    headers: names.map(({ name }) => `${name}+`),
    oversign: names.filter(({ mark }) => mark === "o").map(({ name }) => name),
  };
}

type Entries = Extract<Dataset, { readonly ok: true }>;

/** `signing_table` and `key_table` have the format of OpenDKIM's; rspamd signs with the first matching row. */
function tableRows(settings: RspamdSettings): Section {
  const signing = settings.get("signing_table");
  const keys = settings.get("key_table");
  if (signing === undefined || keys === undefined) {
    settings.notNeededAll("signing_table", "rspamd ignores it without key_table");
    settings.notNeededAll("key_table", "rspamd ignores it without signing_table");
    return {};
  }
  const { account, readText } = settings;
  const [keyRows, rows] = [keys, signing].map((placed): Entries | undefined => {
    settings.settled(placed.entry.key.toLowerCase());
    const entries = readMap(placed.file, placed.entry, account, readText);
    if (entries === undefined) return undefined;
    account.carried(placeOf(placed), placed.entry.key, "signing.table");
    return { ok: true, entries, patterns: true, inline: false };
  });
  if (keyRows === undefined || rows === undefined) return { sign: false };
  const source = new OpendkimSource(readText, account);
  const made = new OpendkimTables(source, account, readText).rows(keyRows, rows);
  return made.length === 0 ? { sign: false } : { table: { rows: made } };
}

/** In mail outside all scopes, rspamd signs for a subdomain as its registered domain. */
function subdomains(settings: RspamdSettings, usesEsld: boolean, signing: Section): void {
  const isOpen =
    signing["sign"] !== false && signing["table"] === undefined && signing["domain"] === undefined;
  if (!usesEsld) {
    settings.carriedAll("use_esld", "each domain signs for itself");
  } else if (isOpen) {
    const todo =
      "a subdomain whose registered domain is not configured signs as itself: add the domain to domains, and *.domain with the option domain";
    settings.lostAll("use_esld", todo);
    if (settings.get("use_esld") === undefined) settings.warn(`use_esld is on by default: ${todo}`);
  } else {
    settings.carriedAll("use_esld", "a scope *.domain for each domain");
  }
}

/** The domain of a login must be the domain of the mail, unless `allow_username_mismatch` is on. */
function logins(settings: RspamdSettings): Section {
  if (settings.isOn("allow_username_mismatch", false)) {
    settings.notNeededAll("allow_username_mismatch", "logins are not compared by default");
    return {};
  }
  settings.carriedAll("allow_username_mismatch", "auth.senders of the listener");
  settings.warn(
    "allow_username_mismatch is off: auth.senders leaves mail unsigned if MAIL FROM or From has another domain than the login; parent domains and subdomains count as different",
  );
  return {
    auth: { senders: { patterns: ["@%d"], mismatch: "unsigned", unlisted: "mismatch" } },
  };
}

/** Settings that depend only on their own value. */
function others(settings: RspamdSettings): void {
  for (const name of settings.unsettled()) {
    const option = rspamdOptions.get(name);
    const value = settings.text(name);
    if (option?.kind === "not-needed") settings.notNeededAll(name, option.why);
    else if (option === undefined) {
      settings.lostAll(name, "unknown option of dkim_signing: remove it, or set its counterpart");
    } else if (value !== undefined && option.harmless(value)) {
      settings.notNeededAll(name, `${value} is the default behaviour`);
    } else if (isUnused(name, settings)) {
      settings.notNeededAll(name, "it has no effect, because the option that needs it is off");
    } else settings.lostAll(name, option.todo);
  }
  const option = rspamdOptions.get("allow_hdrfrom_mismatch");
  if (settings.get("allow_hdrfrom_mismatch") === undefined && option?.kind === "lost") {
    settings.warn(
      `allow_hdrfrom_mismatch is off by default, and rspamd leaves such mail unsigned: ${option.todo}`,
    );
  }
}

/** The location of keys in Redis or Vault does not matter if neither is used. */
function isUnused(name: string, settings: RspamdSettings): boolean {
  const option = rspamdOptions.get(name);
  return ["use_redis", "use_vault"].some((toggle) => {
    const by = rspamdOptions.get(toggle);
    return (
      name !== toggle &&
      option?.kind === "lost" &&
      by?.kind === "lost" &&
      option.todo === by.todo &&
      truth(settings.text(toggle) ?? "no") !== true
    );
  });
}
