import type { Logger } from "@mailseal/service";
import type { Control, Health, Reloaded } from "../admin/routes.ts";
import { restartNote } from "./restart-note.ts";

/** A relay, in this process or in several, that can take its config again. */
export interface Reloadable extends Health {
  /** Resolves when the new config is in force; rejects with why it is not, and the old one stays. */
  reload(): Promise<void>;
}

/** A control whose reloads are told in the log, whoever asked for them. */
export class LoggedControl implements Control {
  readonly #relay: Reloadable;
  readonly #log: Logger;
  readonly #atStart: Control["config"];

  constructor(relay: Reloadable, log: Logger) {
    this.#relay = relay;
    this.#log = log;
    this.#atStart = relay.config;
  }

  get config(): Control["config"] {
    return this.#relay.config;
  }

  get isReady(): boolean {
    return this.#relay.isReady;
  }

  async reload(): Promise<Reloaded> {
    try {
      await this.#relay.reload();
    } catch (error) {
      this.#log.error({ fault: error }, "config not reloaded, the old one stays");
      throw error;
    }
    const warning = restartNote(this.#atStart, this.#relay.config);
    if (warning === undefined) {
      this.#log.info("config reloaded");
      return {};
    }
    this.#log.warn({ warning }, "config reloaded");
    return { warning };
  }
}
