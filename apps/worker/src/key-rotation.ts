import { type Config, listenTarget } from "@mailseal/config";
import { checkKey, KeyDatabase } from "@mailseal/policy/keys";
import {
  type Advance,
  createRotation,
  environmentOf,
  isEnd,
  Journal,
  RotationError,
  type RotationState,
  type Signer,
} from "@mailseal/rotation";
import { type Logger, readToken, type RotationSummary } from "@mailseal/service";
import { askKeyCheck } from "@mailseal/service/admin-client";

export interface KeyRotationOptions {
  /** The state file of `mailseal rotate`. */
  readonly journal: string;
  readonly intervalMs: number;
  readonly log: Logger;
  /** Asked before a key is published, and before it signs. */
  readonly signer?: Signer;
  /** For commands that publish or activate. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const maximumReported = 100;

/** Takes the steps that are due of rotations started with `mailseal rotate start`. Failed steps are logged and retried. */
export class KeyRotation {
  readonly #options: KeyRotationOptions;
  readonly #journal: Journal;
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> | undefined;

  /** Starts at once. Throws a `RotationError` "journal" if the state file cannot be used. */
  constructor(options: KeyRotationOptions) {
    this.#options = options;
    this.#journal = new Journal(options.journal);
    this.#timer = setInterval(() => this.#begin(), options.intervalMs);
    this.#begin();
  }

  /** The latest rotations, the newest first. */
  latest(): readonly RotationSummary[] {
    return this.#journal.rotations().slice(-maximumReported).toReversed().map(summaryOf);
  }

  /** Resolves when the step in progress has ended. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
    this.#journal.close();
  }

  #begin(): void {
    this.#running ??= this.#advanceAll().finally(() => {
      this.#running = undefined;
    });
  }

  async #advanceAll(): Promise<void> {
    try {
      for (const due of this.#due()) {
        // One at a time, because the journal has one writer.
        await this.#advance(due);
      }
    } catch (error) {
      this.#options.log.error({ fault: error }, "cannot read the rotations, retrying");
    }
  }

  #due(): readonly RotationState[] {
    const nowMs = Date.now();
    return this.#journal.rotations().filter(({ stage, dueMs }) => !isEnd(stage) && dueMs <= nowMs);
  }

  /** Uses the setup that the rotation was started with, which may differ between rotations of one domain. */
  async #advance({ domain, id, setup }: RotationState): Promise<void> {
    const { log, environment, signer } = this.#options;
    const tables: KeyDatabase[] = [];
    try {
      if (setup === undefined) {
        throw new RotationError(
          "bad-state",
          "the rotation has no setup: expected the one that mailseal rotate start stores; start it again",
        );
      }
      const openTable = (file: string): KeyDatabase => {
        const table = new KeyDatabase(file);
        tables.push(table);
        return table;
      };
      const rotation = createRotation({
        journal: this.#journal,
        ...environmentOf(setup, { environment, openTable }),
        // With a file or command an unknown program signs, which cannot be asked.
        ...(signer === undefined || setup.activate.method !== "table" ? {} : { signer }),
      });
      for (const advance of await rotation.advance({ domain, rotation: id })) this.#report(advance);
    } catch (error) {
      log.error({ domain, fault: error }, "rotation failed, retrying");
    } finally {
      for (const table of tables) table.close();
    }
  }

  /** Logs the steps taken. If another process is working on the rotation, that one logs them. */
  #report(advance: Advance): void {
    if (advance.kind === "busy") return;
    const { log } = this.#options;
    const { domain, stage, cause, problem } = advance.state;
    for (const did of advance.did) log.info({ domain, stage, did }, "rotation");
    if (cause === "failed") {
      log.error({ domain, stage, fault: problem }, "rotation step failed, retrying");
    }
  }
}

function summaryOf({ incoming, outgoing, ...state }: RotationState): RotationSummary {
  const { id, domain, stage, direction, sinceMs, dueMs, problem, cause } = state;
  return {
    id,
    domain,
    stage,
    isOver: isEnd(stage),
    direction,
    sinceMs,
    dueMs,
    problem,
    cause,
    incoming: selectorsOf(incoming),
    outgoing: selectorsOf(outgoing),
  };
}

function selectorsOf(keys: RotationState["incoming"]): readonly string[] {
  return keys.map(({ selector }) => selector);
}

/** Asks this worker, and the relay with the same config if it is running, because both sign with the keys in the table. */
export function signersOf(config: Config): Signer {
  return {
    async objection(domain, key) {
      const own = await checkKey(config, { domain, ...key });
      if (own.status !== "found") return `${own.reason}; ${own.remedy}`;
      const { listen, tokenFile } = config.admin;
      const token = tokenFile === undefined ? undefined : await readToken(tokenFile);
      const relay = await askKeyCheck(listenTarget(listen), { domain, ...key }, token);
      return relay?.usable === false ? relay.problem : undefined;
    },
  };
}
