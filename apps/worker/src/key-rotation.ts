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
import type { RotationSummary } from "@mailseal/service";
import { type Logger, readToken } from "@mailseal/service";
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

const maximumTold = 100;

/** Takes the steps that are due of rotations that `mailseal rotate start` has begun. Failures are logged, and tried again. */
export class KeyRotation {
  readonly #options: KeyRotationOptions;
  readonly #journal: Journal;
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> | undefined;

  /** Begins at once. Throws a `RotationError` "journal" where the file cannot be used. */
  constructor(options: KeyRotationOptions) {
    this.#options = options;
    this.#journal = new Journal(options.journal);
    this.#timer = setInterval(() => this.#begin(), options.intervalMs);
    this.#begin();
  }

  /** The latest rotations, the last one first. */
  latest(): readonly RotationSummary[] {
    return this.#journal.rotations().slice(-maximumTold).toReversed().map(summaryOf);
  }

  /** Resolves when the step under way is done. */
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
        // One after the other: the journal has one writer.
        await this.#advance(due);
      }
    } catch (error) {
      this.#options.log.error({ fault: error }, "rotations not read, trying again");
    }
  }

  #due(): readonly RotationState[] {
    const nowMs = Date.now();
    return this.#journal.rotations().filter(({ stage, dueMs }) => !isEnd(stage) && dueMs <= nowMs);
  }

  /** With the setup that it was started with: another rotation of the domain may have another. */
  async #advance({ domain, id, setup }: RotationState): Promise<void> {
    const { log, environment, signer } = this.#options;
    const tables: KeyDatabase[] = [];
    try {
      if (setup === undefined) {
        throw new RotationError("bad-state", `expected what mailseal rotate start notes, got none`);
      }
      const openTable = (file: string): KeyDatabase => {
        const table = new KeyDatabase(file);
        tables.push(table);
        return table;
      };
      const rotation = createRotation({
        journal: this.#journal,
        ...environmentOf(setup, { environment, openTable }),
        // By a file or command somebody else signs, whom we do not know.
        ...(signer === undefined || setup.activate.method !== "table" ? {} : { signer }),
      });
      for (const advance of await rotation.advance({ domain, rotation: id })) this.#tell(advance);
    } catch (error) {
      log.error({ domain, fault: error }, "rotation fails, trying again");
    } finally {
      for (const table of tables) table.close();
    }
  }

  /** Where another process is at work, that one tells. */
  #tell(advance: Advance): void {
    if (advance.kind === "busy") return;
    const { log } = this.#options;
    const { domain, stage, cause, problem } = advance.state;
    for (const did of advance.did) log.info({ domain, stage, did }, "rotation");
    if (cause === "failed") {
      log.error({ domain, stage, fault: problem }, "rotation step failed, trying again");
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

/** This worker, and the relay of the same config if it runs: both sign with what stands in the table. */
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
