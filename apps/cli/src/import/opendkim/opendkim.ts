import type { ConfigInput } from "@mailseal/config";
import { ImportAccount } from "../account.ts";
import { type ImportedConfig, nonEmpty, type ReadText, type Section } from "../imported-config.ts";
import {
  type FieldNames,
  fieldsToSign,
  omittedFields,
  oversignedFields,
  signedFields,
} from "./headers.ts";
import { listenerOf } from "./listener.ts";
import { type OpendkimOption, opendkimOptions } from "./options.ts";
import { OpendkimSettings } from "./settings.ts";
import { exemptDomains, signingOf } from "./signing.ts";
import { booleanOf, OpendkimSource, type Setting } from "./source.ts";
import { action } from "./values.ts";

/** Converts opendkim.conf and the tables it names to a Mailseal config, and accounts for every line. */
export function importOpendkim(file: string, readText: ReadText): ImportedConfig {
  const account = new ImportAccount();
  const source = new OpendkimSource(readText, account);
  return new OpendkimImport(new OpendkimSettings(file, source, account, readText)).run();
}

class OpendkimImport {
  readonly #settings: OpendkimSettings;
  readonly #account: ImportAccount;
  /** Dotted paths, such as `verification.actions.fail`. */
  readonly #options = new Map<string, unknown>();

  constructor(settings: OpendkimSettings) {
    this.#settings = settings;
    this.#account = settings.account;
  }

  run(): ImportedConfig {
    const { listener, verifies } = listenerOf(this.#settings);
    // OpenDKIM's default; ours is relaxed/relaxed.
    this.#options.set("signing.canonicalization", "simple/simple");
    this.#options.set("signing.fieldOrder", "message");
    this.#options.set("signing.onMissingKey", "defer");
    this.#settings.carried("basedirectory", "used to resolve relative file names");
    this.#fields();
    this.#readPlain(verifies);
    this.#actions();
    this.#oldSignatures();
    this.#keyPermissions();
    const { options, domains } = signingOf(this.#settings);
    for (const [name, value] of Object.entries(options))
      this.#options.set(`signing.${name}`, value);
    const config = {
      ...nested(this.#options),
      ...nonEmpty("domains", { ...domains, ...exemptDomains(this.#settings) }),
      listeners: [listener],
    } as ConfigInput;
    return { config, account: this.#account.lines(), warnings: this.#account.warnings };
  }

  /** Settings that depend only on their own value. */
  #readPlain(verifies: boolean): void {
    for (const [name, setting] of this.#settings.all()) {
      const option = opendkimOptions.get(name);
      if (option !== undefined) {
        this.#readOption(setting, option, verifies);
      } else if (!readTogether.has(name)) {
        this.#account.notCarried(
          setting,
          setting.name,
          "unknown option of opendkim.conf(5): correct it, or remove it",
        );
      }
    }
  }

  #readOption(setting: Setting, option: OpendkimOption, verifies: boolean): void {
    const { name, value } = setting;
    switch (option.kind) {
      case "not-needed":
        this.#account.notNeeded(setting, name, option.why);
        break;
      case "carried": {
        const ours = option.read(value);
        if (ours === undefined) {
          this.#account.notCarried(setting, name, `${value}: ${option.otherwise}`);
        } else {
          this.#options.set(option.into, ours);
          this.#account.carried(setting, name, option.into);
        }
        break;
      }
      default:
        if (option.harmless(value)) {
          this.#account.notNeeded(setting, name, `${value} is the default behaviour`);
        } else if (option.verifying && !verifies) {
          this.#account.notNeeded(setting, name, "nothing is verified in Mode s");
        } else {
          this.#account.notCarried(setting, name, option.todo);
        }
    }
  }

  /** SignHeaders, OmitHeaders and OversignHeaders together become `headers` and `oversign`. */
  #fields(): void {
    const signed = signedFields(this.#settings.names("signheaders"));
    const omitted = omittedFields(this.#settings.names("omitheaders"));
    const oversigned = oversignedFields(this.#settings.names("oversignheaders") ?? []);
    this.#settleFields("signheaders", signed, "signing.headers, each if present (+)");
    this.#settleFields("omitheaders", omitted, "left out of signing.headers");
    this.#settleFields("oversignheaders", oversigned, "signing.oversign");
    this.#options.set("signing.headers", fieldsToSign(signed.names, omitted.names));
    if (oversigned.names.length > 0) this.#options.set("signing.oversign", oversigned.names);
    const required = this.#settings.names("mustbesigned");
    if (required !== undefined) {
      this.#options.set("verification.requiredFields", required);
      this.#settings.carried("mustbesigned", "verification.requiredFields");
    }
    const trusted = this.#settings.names("trustsignaturesfrom");
    if (trusted !== undefined) {
      this.#options.set("verification.trustedSigners", trusted);
      this.#settings.carried("trustsignaturesfrom", "verification.trustedSigners");
    }
  }

  #settleFields(name: string, { ignored, lost }: FieldNames, became: string): void {
    const setting = this.#settings.get(name);
    if (setting === undefined) return;
    for (const remark of ignored) this.#account.warn(setting, `${setting.name}: ${remark}`);
    if (lost.length > 0) this.#account.notCarried(setting, setting.name, lost.join("; "));
    else this.#settings.carried(name, became);
  }

  /** The actions for results that several settings affect. */
  #actions(): void {
    const general = this.#settings.get("on-default");
    const ours = general === undefined ? undefined : action(general.value);
    if (general !== undefined && ours === undefined) {
      this.#account.notCarried(
        general,
        general.name,
        `${general.value} has no counterpart: set verification.actions`,
      );
    } else if (general !== undefined) {
      for (const result of ["fail", "temperror", "permerror", "none"]) {
        const option = `verification.actions.${result}`;
        if (!this.#options.has(option)) this.#options.set(option, ours);
      }
      this.#settings.carried("on-default", "verification.actions");
    }
    const always = this.#settings.get("alwaysaddarheader");
    const none = "verification.actions.none";
    if (always !== undefined) {
      if (!this.#options.has(none)) {
        this.#options.set(none, this.#settings.isOn("alwaysaddarheader") ? "header" : "accept");
      }
      this.#settings.carried("alwaysaddarheader", none);
    }
    const quarantine = this.#settings.get("quarantine");
    if (quarantine !== undefined && this.#settings.isOn("quarantine")) {
      this.#options.set("verification.actions.fail", "quarantine");
      this.#settings.carried("quarantine", "verification.actions.fail");
    } else if (quarantine !== undefined) {
      this.#account.notNeeded(quarantine, quarantine.name, "nothing is quarantined by default");
    }
    const id = this.#settings.get("authservid");
    if (id?.value === "HOSTNAME") {
      this.#settings.carried("authservid", "the host name, which is the default");
    } else if (id !== undefined) {
      this.#options.set("authservId", id.value);
      this.#settings.carried("authservid", "authservId");
    }
  }

  #oldSignatures(): void {
    const remove = this.#settings.get("removeoldsignatures");
    if (remove !== undefined && this.#settings.isOn("removeoldsignatures")) {
      this.#options.set("signing.removeOldSignatures", true);
      this.#account.notCarried(
        remove,
        remove.name,
        "signing.removeOldSignatures removes only signatures of your own domains: remove others in the mail server if necessary",
      );
    } else if (remove !== undefined) {
      this.#account.notNeeded(remove, remove.name, "old signatures are kept by default");
    }
  }

  /** RequireSafeKeys refuses keys that others can read, and keys that others can change. */
  #keyPermissions(): void {
    const safe = this.#settings.get("requiresafekeys");
    if (safe === undefined) return;
    switch (booleanOf(safe.value)) {
      case true:
        this.#options.set("keys.checkPermissions", "refuse");
        this.#settings.carried("requiresafekeys", "keys.checkPermissions");
        break;
      case false:
        this.#options.set("keys.checkPermissions", "warn");
        this.#options.set("keys.allowWritable", true);
        this.#settings.carried("requiresafekeys", "keys.checkPermissions, keys.allowWritable");
        this.#account.warn(
          safe,
          "keys that others can change are used, as in OpenDKIM: chmod them to 600, then remove keys.allowWritable",
        );
        break;
      case undefined:
        this.#account.notCarried(
          safe,
          safe.name,
          `${safe.value} is neither yes nor no: correct it`,
        );
    }
  }
}

/** Settings that depend on other settings. */
const readTogether: ReadonlySet<string> = new Set([
  "alwaysaddarheader",
  "authservid",
  "basedirectory",
  "domain",
  "exemptdomains",
  "internalhosts",
  "keyfile",
  "keytable",
  "mode",
  "multiplesignatures",
  "mustbesigned",
  "omitheaders",
  "on-default",
  "oversignheaders",
  "peerlist",
  "quarantine",
  "removeoldsignatures",
  "requiresafekeys",
  "selector",
  "signheaders",
  "signingtable",
  "socket",
  "subdomains",
  "trustsignaturesfrom",
  "umask",
]);

/** Turns dotted paths, such as `a.b.c`, into nested sections. */
function nested(options: ReadonlyMap<string, unknown>): Section {
  const root: Section = {};
  for (const [path, value] of options) {
    const names = path.split(".");
    const option = names.pop() ?? path;
    let section = root;
    for (const name of names) section = (section[name] ??= {}) as Section;
    section[option] = value;
  }
  return root;
}
