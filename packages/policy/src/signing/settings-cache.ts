import type { Config } from "../config/schema.ts";
import { signingSettings } from "../config/scopes.ts";
import type { SigningSettings } from "../config/signing-options.ts";
import { LruMap } from "../lru-map.ts";

/** From domains and bindings whose merged settings are kept; senders may make up any number. */
const maxKept = 4096;

/** The settings of a config by From domain and binding: the same object for the same question. */
export class SettingsCache {
  readonly #config: Config;
  readonly #kept = new LruMap<string, SigningSettings>(maxKept);

  constructor(config: Config) {
    this.#config = config;
  }

  /** `domain` is undefined where there is no From domain: scopes of all domains and of none hold. */
  settingsFor(domain: string | undefined, binding: string | undefined): SigningSettings {
    // A domain name has no space.
    const question = `${domain ?? ""} ${binding ?? ""}`;
    const kept = this.#kept.get(question);
    if (kept !== undefined) return kept;
    const settings = signingSettings(this.#config, { domain: domain ?? "", binding });
    this.#kept.set(question, settings);
    return settings;
  }
}
