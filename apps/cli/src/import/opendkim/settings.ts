import type { ImportAccount } from "../account.ts";
import type { ReadText } from "../imported-config.ts";
import { booleanOf, type DatasetEntry, type OpendkimSource, type Setting } from "./source.ts";

/** The settings of opendkim.conf by case-insensitive name. */
export class OpendkimSettings {
  readonly account: ImportAccount;
  readonly source: OpendkimSource;
  readonly readText: ReadText;
  readonly #byName = new Map<string, Setting>();

  /** Throws if `file` cannot be read. */
  constructor(file: string, source: OpendkimSource, account: ImportAccount, readText: ReadText) {
    this.account = account;
    this.source = source;
    this.readText = readText;
    for (const setting of source.settings(file)) {
      const name = setting.name.toLowerCase();
      if (setting.value === "") {
        account.notCarried(
          setting,
          setting.name,
          "the value is missing, and OpenDKIM does not start without it: add the value, or remove the line",
        );
        continue;
      }
      const earlier = this.#byName.get(name);
      if (earlier !== undefined) {
        const where = `line ${setting.line} of ${setting.file}`;
        account.notNeeded(earlier, earlier.name, `OpenDKIM uses the last setting, in ${where}`);
      }
      this.#byName.set(name, setting);
    }
  }

  /** `name` in lower case. */
  get(name: string): Setting | undefined {
    return this.#byName.get(name);
  }

  all(): Iterable<readonly [name: string, setting: Setting]> {
    return this.#byName;
  }

  /** A Boolean, false by default. */
  isOn(name: string): boolean {
    return booleanOf(this.#byName.get(name)?.value ?? "no") === true;
  }

  /** The entries of a list; undefined if it is not set. */
  names(name: string): readonly string[] | undefined {
    const setting = this.#byName.get(name);
    return setting === undefined ? undefined : this.entries(setting).map(({ key }) => key);
  }

  entries(setting: Setting): readonly DatasetEntry[] {
    const set = this.source.dataset(setting);
    if (!set.ok) {
      this.account.notCarried(setting, setting.name, set.reason);
      return [];
    }
    if (!set.inline) {
      this.account.carried(setting, setting.name, "each of its lines is accounted for");
      for (const entry of set.entries) {
        this.account.carried(entry, entry.key, `entry of ${setting.name}`);
      }
    }
    return set.entries;
  }

  carried(name: string, became: string): void {
    const setting = this.#byName.get(name);
    if (setting !== undefined) this.account.carried(setting, setting.name, became);
  }

  ignored(names: readonly string[], why: string): void {
    for (const name of names) {
      const setting = this.#byName.get(name);
      if (setting !== undefined) {
        this.account.notNeeded(setting, setting.name, `OpenDKIM ignores it because ${why}`);
      }
    }
  }
}
