import type { Config } from "@mailseal/config";
import type { Logger } from "../log/log.ts";
import { RetiredMemory } from "../memory/retired-memory.ts";

/** The outcome of a reload that put a new config in force. */
export interface Reloaded {
  /** One line for the operator: the options of the new config that are not in force yet. */
  readonly warning?: string;
}

/** What an operator can read of a running program and ask of it. */
export interface Control {
  /** The config in force. */
  readonly config: Config;
  /** True while the program serves: everything has started, and nothing is stopping. */
  readonly isReady: boolean;
  /** Resolves when the new config is in force. Rejects with the reason if it cannot be used; the previous config stays in force. */
  reload(): Promise<Reloaded>;
}

/** A config that was read and checked, with all that was opened for it. */
export interface LoadedConfig {
  readonly config: Config;
  /** Closes what was opened. Called only if the config is never put in force. */
  close(): void;
}

export interface ReloaderOptions<Loaded extends LoadedConfig> {
  /** The config that the program started with. */
  readonly atStart: Config;
  /** Reads and checks the config file and opens what it names. Rejects with every problem in the message. */
  readonly load: () => Promise<Loaded>;
  /**
   * Puts it in force for all messages that start from now on, and retires the previous generation, which ends with its
   * last message. Owns what was loaded even if it rejects, which means that nothing has changed.
   */
  readonly use: (loaded: Loaded) => Promise<void> | void;
  /** Whether the program is ready as long as it is not stopping. Default: it is. */
  readonly isReady?: () => boolean;
  readonly report?: ReloadReport;
}

/** The log that shows the operator how a reload ended. A child process has none: its parent reports for all. */
interface ReloadReport {
  readonly log: Logger;
  /** The program to restart, by name. */
  readonly program: string;
  /** The options that the program reads only when it starts, as the operator writes them, with their values. */
  readonly readAtStart: (config: Config) => Readonly<Record<string, unknown>>;
}

/**
 * Replaces the config of a running program while mail flows. Reloads run one after the other, each reads the config
 * file when its turn comes, and so the program ends up with the newest config, however slowly an older one was read.
 */
export class ConfigReloader<Loaded extends LoadedConfig> implements Control {
  readonly #options: ReloaderOptions<Loaded>;
  readonly #retired = new RetiredMemory();
  #config: Config;
  #isStopping = false;
  #last: Promise<unknown> = Promise.resolve();
  #using: Promise<void> = Promise.resolve();

  constructor(options: ReloaderOptions<Loaded>) {
    this.#options = options;
    this.#config = options.atStart;
  }

  get config(): Config {
    return this.#config;
  }

  get isReady(): boolean {
    return !this.#isStopping && (this.#options.isReady?.() ?? true);
  }

  reload(): Promise<Reloaded> {
    const reloaded = this.#last.then(() => this.#reportedReload());
    this.#last = reloaded.catch(() => undefined);
    return reloaded;
  }

  /** Puts no other config in force. Resolves when the reload in progress has succeeded or failed. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#using;
  }

  async #reportedReload(): Promise<Reloaded> {
    const { report, atStart } = this.#options;
    try {
      await this.#reload();
    } catch (error) {
      report?.log.error(
        { fault: error },
        "config not reloaded; the previous config stays in force",
      );
      throw error;
    }
    if (report === undefined) return {};
    const warning = restartWarning(report, atStart, this.#config);
    if (warning === undefined) {
      report.log.info("config reloaded");
      return {};
    }
    report.log.warn({ warning }, "config reloaded");
    return { warning };
  }

  async #reload(): Promise<void> {
    this.#failIfStopping();
    const loaded = await this.#options.load();
    try {
      this.#failIfStopping();
    } catch (error) {
      loaded.close();
      throw error;
    }
    const { config } = loaded;
    const used = Promise.resolve(this.#options.use(loaded));
    this.#using = used.catch(() => undefined);
    await used;
    this.#config = config;
    this.#retired.reloaded();
  }

  #failIfStopping(): void {
    if (this.#isStopping) throw new Error("the program is stopping");
  }
}

function restartWarning(
  { program, readAtStart }: ReloadReport,
  atStart: Config,
  wanted: Config,
): string | undefined {
  const inForce = new Map(Object.entries(readAtStart(atStart)));
  const changed = Object.entries(readAtStart(wanted))
    .filter(([name, value]) => inForce.has(name) && !isSame(inForce.get(name), value))
    .map(([name]) => name);
  return changed.length === 0
    ? undefined
    : `${changed.join(", ")}: changed, and in force only after a restart of ${program}`;
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
