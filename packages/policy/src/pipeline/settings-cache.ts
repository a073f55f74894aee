import type { Config, ScopeQuery } from "@mailseal/config";
import { LruMap } from "./lru-map.ts";

/** The number of merged settings that are kept: senders can make up any number of From domains. */
const maxKept = 4096;

/** The merged settings of a config by From domain and binding: the same object for the same query. */
export class SettingsCache<Settings> {
  readonly #config: Config;
  readonly #decide: (config: Config, query: ScopeQuery) => Settings;
  readonly #kept = new LruMap<string, Settings>(maxKept);

  constructor(config: Config, decide: (config: Config, query: ScopeQuery) => Settings) {
    this.#config = config;
    this.#decide = decide;
  }

  /** `domain` is undefined if there is no From domain: only scopes without a domain apply. */
  settingsFor(domain: string | undefined, binding: string | undefined): Settings {
    // A space cannot occur in a domain name.
    const query = `${domain ?? ""} ${binding ?? ""}`;
    const kept = this.#kept.get(query);
    if (kept !== undefined) return kept;
    const settings = this.#decide(this.#config, { domain: domain ?? "", binding });
    this.#kept.set(query, settings);
    return settings;
  }
}
