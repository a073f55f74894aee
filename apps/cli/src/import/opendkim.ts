import type { ConfigInput } from "@mailseal/policy/config";
import { ImportNotes, type ImportedConfig, type Place } from "./imported-config.ts";
import {
  type Dataset,
  readDataset,
  readSettings,
  type ReadText,
  type Setting,
} from "./opendkim-files.ts";
import { type DomainSigning, readKeyTable, readSigningTable, signingOf } from "./opendkim-keys.ts";
import { handledElsewhere, simpleSettings, type Target } from "./opendkim-settings.ts";

type Section = Record<string, unknown>;

/** Reads opendkim.conf and the tables it names, and says the same in our words. */
export function importOpendkim(file: string, readText: ReadText): ImportedConfig {
  const settings = readSettings(readText(file), file);
  return new OpendkimImport(settings, readText).run();
}

class OpendkimImport {
  readonly #notes = new ImportNotes();
  readonly #settings = new Map<string, Setting>();
  readonly #readText: ReadText;
  readonly #signing: Section = {};
  readonly #verification: Section = {};
  readonly #actions: Section = {};
  readonly #config: Section = {};

  constructor(settings: readonly Setting[], readText: ReadText) {
    this.#readText = readText;
    for (const setting of settings) {
      this.#settings.set(setting.name.toLowerCase(), setting);
    }
  }

  run(): ImportedConfig {
    // Theirs where nothing is said; ours would be relaxed/relaxed.
    this.#signing["canonicalization"] = "simple/simple";
    this.#translateSimple();
    const domains = this.#domains();
    const listener = this.#listener();
    const config = {
      ...this.#config,
      ...nonEmpty("signing", this.#signing),
      ...nonEmpty("verification", {
        ...this.#verification,
        ...nonEmpty("actions", this.#actions),
      }),
      ...nonEmpty("domains", domains),
      listeners: [listener],
    } as ConfigInput;
    return { config, notes: this.#notes.lines };
  }

  #translateSimple(): void {
    for (const [name, setting] of this.#settings) {
      const rule = simpleSettings.get(name);
      if (rule !== undefined) {
        const value = rule.read(setting.value);
        if (value === undefined) {
          this.#notes.add(setting, `${setting.name}: ${setting.value} has no counterpart`);
        } else {
          this.#section(rule.into)[rule.option] = value;
        }
      } else if (!handledElsewhere.has(name)) {
        this.#notes.add(setting, `${setting.name} has no counterpart`);
      }
    }
  }

  #section(target: Target): Section {
    switch (target) {
      case "signing":
        return this.#signing;
      case "verification":
        return this.#verification;
      case "actions":
        return this.#actions;
      case "config":
        return this.#config;
      default: {
        const section = (this.#config[target] ??= {}) as Section;
        return section;
      }
    }
  }

  #domains(): Section {
    const all = /^(?:yes|true|1)$/i.test(this.#settings.get("multiplesignatures")?.value ?? "");
    const table = this.#settings.get("signingtable");
    const domains: Section = {};
    if (table === undefined) {
      return this.#singleKey();
    }
    // A domain that no table names is not signed.
    this.#signing["sign"] = false;
    for (const [pattern, choices] of this.#signingTable(table)) {
      const options = { all, place: table, notes: this.#notes };
      domains[pattern] = { signing: { sign: true, ...signingOf(choices, pattern, options) } };
    }
    return domains;
  }

  #signingTable(table: Setting): DomainSigning {
    const keyTable = this.#settings.get("keytable");
    if (keyTable === undefined) {
      this.#notes.add(table, "SigningTable needs KeyTable, which is not there");
      return new Map();
    }
    const keys = readKeyTable(this.#entries(keyTable), this.#notes);
    return readSigningTable(this.#entries(table), keys, this.#notes);
  }

  /** Domain, Selector and KeyFile: one key for all the domains named. */
  #singleKey(): Section {
    const [domain, selector, key] = ["domain", "selector", "keyfile"].map((name) =>
      this.#settings.get(name),
    );
    if (domain === undefined) {
      return {};
    }
    this.#signing["sign"] = false;
    const subdomains = /^(?:yes|true|1)$/i.test(this.#settings.get("subdomains")?.value ?? "");
    const domains: Section = {};
    for (const { key: name } of this.#entries(domain)) {
      const signing = {
        sign: true,
        ...(selector === undefined ? {} : { selector: selector.value }),
        ...(key === undefined ? {} : { key: key.value }),
      };
      domains[name] = { signing };
      if (subdomains) {
        domains[`*.${name}`] = { signing: { ...signing, domain: name } };
      }
    }
    return domains;
  }

  #listener(): Section {
    const mode = this.#settings.get("mode")?.value ?? "sv";
    const direction = mode === "s" ? "outbound" : mode === "v" ? "inbound" : "auto";
    const socket = this.#settings.get("socket");
    const hosts = this.#settings.get("internalhosts") ?? this.#settings.get("peerlist");
    const relayNetworks = hosts === undefined ? [] : this.#networks(hosts);
    return {
      protocol: "milter",
      listen: socket === undefined ? "unix:/run/mailseal/milter.sock" : this.#address(socket),
      direction,
      ...(relayNetworks.length === 0 ? {} : { relayNetworks }),
      ...this.#socketMode(),
    };
  }

  /** `inet:8891@localhost`, `inet:8891`, `local:/run/x.sock`, `unix:/run/x.sock`. */
  #address(socket: Setting): string {
    const { value } = socket;
    const inet = /^inet6?:(\d+)(?:@(.+))?$/.exec(value);
    if (inet === null) {
      return `unix:${value.replace(/^(?:local|unix):/, "")}`;
    }
    const host = inet[2] ?? "127.0.0.1";
    if (inet[2] === undefined) {
      this.#notes.add(socket, `Socket: ${value} listens on all addresses; 127.0.0.1 was chosen`);
    }
    const address = /^\[?([^\]]*)\]?$/.exec(host)?.[1] ?? host;
    return address.includes(":") ? `[${address}]:${inet[1]}` : `${address}:${inet[1]}`;
  }

  #networks(hosts: Setting): readonly string[] {
    return this.#entries(hosts).flatMap(({ key, ...place }) => {
      if (/^[\d.]+(?:\/\d+)?$/.test(key) || /^[\da-f:.]+(?:\/\d+)?$/i.test(key)) {
        return [key];
      }
      if (key === "localhost") {
        return ["127.0.0.0/8", "::1"];
      }
      this.#notes.add(place, `${hosts.name}: ${key} is no address or network`);
      return [];
    });
  }

  #socketMode(): Section {
    const mask = this.#settings.get("umask")?.value;
    return mask === undefined || !/^[0-7]+$/.test(mask)
      ? {}
      : { socketMode: `0${(0o666 & ~Number.parseInt(mask, 8)).toString(8).padStart(3, "0")}` };
  }

  #entries(setting: Setting): Extract<Dataset, { kind: "entries" }>["entries"] {
    const place: Place = { file: setting.file, line: setting.line };
    const dataset = readDataset(setting.value, place, this.#readText);
    if (dataset.kind === "unreadable") {
      this.#notes.add(setting, `${setting.name}: ${dataset.reason}`);
      return [];
    }
    return dataset.entries;
  }
}

function nonEmpty(name: string, section: Section): Section {
  return Object.keys(section).length === 0 ? {} : { [name]: section };
}
