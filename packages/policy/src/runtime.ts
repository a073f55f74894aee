import type { Config } from "@mailseal/config";
import {
  createPipeline,
  type OpenPipeline,
  type PipelineDeps,
} from "./pipeline/create-pipeline.ts";
import type { Envelope, MailContext, StoredMessage } from "./pipeline/mail.ts";
import type { Pipeline, Processed } from "./pipeline/pipeline.ts";
import { reasonOf } from "./pipeline/reason-of.ts";

/** A config with the pipeline that was made of it. Everything done for one message is done by one of these. */
export interface Generation {
  /** 1 for the config at start, then one more for each reload that succeeded. */
  readonly number: number;
  readonly config: Config;
  readonly pipeline: Pipeline;
}

/** A generation that stays open until it is released. */
export interface Lease extends Generation {
  /** May be called more than once. */
  release(): void;
}

export type Reloaded =
  | { readonly ok: true; readonly number: number; readonly keysKept: number }
  /** The config that was in force stays so. */
  | { readonly ok: false; readonly reason: string };

export interface RuntimeOptions {
  /** What a pipeline of this config is given. Called once for each generation. */
  readonly depsFor: (config: Config) => PipelineDeps | Promise<PipelineDeps>;
}

interface Held extends Generation {
  readonly pipeline: OpenPipeline;
  users: number;
  retired: boolean;
}

/**
 * The config in force, and its replacement while mail flows. A message is processed by the generation it
 * began with; what a replaced one holds open is closed after its last message.
 */
export class PolicyRuntime implements Pipeline {
  readonly #options: RuntimeOptions;
  #current: Held;
  #reloading: Promise<unknown> = Promise.resolve();
  #closed = false;

  private constructor(options: RuntimeOptions, first: Held) {
    this.#options = options;
    this.#current = first;
  }

  /** Rejects where the first config cannot be put to use, as `createPipeline` does. */
  static async start(
    loadConfig: () => Config | Promise<Config>,
    options: RuntimeOptions,
  ): Promise<PolicyRuntime> {
    return new PolicyRuntime(options, await build(await loadConfig(), options, 1));
  }

  /** The generation in force; for a message take a lease. */
  get current(): Generation {
    return this.#current;
  }

  /** Holds the generation in force, for all that is done for one message. */
  acquire(): Lease {
    const held = this.#current;
    held.users++;
    let released = false;
    return {
      number: held.number,
      config: held.config,
      pipeline: held.pipeline,
      release: () => {
        if (released) return;
        released = true;
        held.users--;
        closeIfDone(held);
      },
    };
  }

  async process(
    message: StoredMessage,
    envelope: Envelope,
    context: MailContext,
  ): Promise<Processed> {
    const lease = this.acquire();
    try {
      return await lease.pipeline.process(message, envelope, context);
    } finally {
      lease.release();
    }
  }

  /**
   * Builds all of a new generation, then puts it in force at once. Where anything of it fails, nothing
   * changes and the answer says why. Never rejects. Reloads that come together run one after the other.
   */
  reload(loadConfig: () => Config | Promise<Config>): Promise<Reloaded> {
    const reloaded = this.#reloading.then(() => this.#reload(loadConfig));
    this.#reloading = reloaded;
    return reloaded;
  }

  async #reload(loadConfig: () => Config | Promise<Config>): Promise<Reloaded> {
    const before = this.#current;
    let next: Held;
    try {
      next = await build(await loadConfig(), this.#options, before.number + 1);
    } catch (error) {
      return { ok: false, reason: reasonOf(error) };
    }
    if (this.#closed) {
      next.pipeline.close();
      return { ok: false, reason: "the program is ending" };
    }
    this.#current = next;
    before.retired = true;
    closeIfDone(before);
    return { ok: true, number: next.number, keysKept: next.pipeline.keysKept };
  }

  /** Ends it: what is held open is closed after the last message. */
  close(): void {
    this.#closed = true;
    this.#current.retired = true;
    closeIfDone(this.#current);
  }
}

async function build(config: Config, options: RuntimeOptions, number: number): Promise<Held> {
  const pipeline = await createPipeline(config, await options.depsFor(config));
  return { number, config, pipeline, users: 0, retired: false };
}

function closeIfDone(held: Held): void {
  if (held.retired && held.users === 0) {
    held.pipeline.close();
  }
}
