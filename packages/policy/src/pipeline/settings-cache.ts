import type { Config, ScopeQuery } from "@mailseal/config";
import { LruMap } from "./lru-map.ts";

/** From domains and bindings whose merged settings are kept; senders may make up any number. */
const maxKept = 4096;

/** The settings of a config by From domain and binding: the same object for the same question. */
export class SettingsCache<Settings> {
  readonly #config: Config;
  readonly #decide: (config: Config, query: ScopeQuery) => Settings;
  readonly #kept = new LruMap<string, Settings>(maxKept);

  constructor(config: Config, decide: (config: Config, query: ScopeQuery) => Settings) {
    this.#config = config;
    this.#decide = decide;
  }

  /** `domain` is undefined where there is no From domain: only scopes of no domain, and of all, hold. */
  settingsFor(domain: string | undefined, binding: string | undefined): Settings {
    // A domain name has no space.
    const question = `${domain ?? ""} ${binding ?? ""}`;
    const kept = this.#kept.get(question);
    if (kept !== undefined) return kept;
    const settings = this.#decide(this.#config, { domain: domain ?? "", binding });
    this.#kept.set(question, settings);
    return settings;
  }
}
