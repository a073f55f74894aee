/** A program as small as can be: a pipeline under a reloader, and messages that each hold their generation. */
import type { Config } from "@mailseal/config";
import { keySource, staticResolver } from "@mailseal/dns-record";
import {
  createPipeline,
  type OpenPipeline,
  type PipelineDeps,
  type Processed,
  type StoredMessage,
} from "@mailseal/policy";
import { sampleContext, sampleEnvelope } from "@mailseal/testkit/pipeline-samples";
import { ConfigReloader, type LoadedConfig, ReferenceCount } from "../../src/index.ts";

interface Generation extends LoadedConfig {
  readonly pipeline: OpenPipeline;
  readonly references: ReferenceCount;
}

type Load = () => Config | Promise<Config>;

const deps: PipelineDeps = {
  dnsKeys: keySource(staticResolver(new Map())),
  hostname: "mx.example.org",
  clock: { nowMs: () => 1_790_000_000_000, elapsedNs: () => 0 },
};

export class GenerationHolder {
  readonly #reloader: ConfigReloader<Generation>;
  #load: Load;
  #current: Generation;

  private constructor(load: Load, first: Generation) {
    this.#load = load;
    this.#current = first;
    this.#reloader = new ConfigReloader({
      atStart: first.config,
      load: async () => generationOf(await this.#load()),
      use: (next) => {
        this.#current.references.retire();
        this.#current = next;
      },
    });
  }

  static async start(load: Load): Promise<GenerationHolder> {
    return new GenerationHolder(load, await generationOf(await load()));
  }

  get current(): Generation {
    return this.#current;
  }

  get config(): Config {
    return this.#reloader.config;
  }

  hold(): { readonly generation: Generation; readonly release: () => void } {
    const generation = this.#current;
    return { generation, release: generation.references.hold() };
  }

  async process(message: StoredMessage): Promise<Processed> {
    const { generation, release } = this.hold();
    try {
      return await generation.pipeline.process(message, sampleEnvelope, sampleContext);
    } finally {
      release();
    }
  }

  async reload(load: Load): Promise<void> {
    this.#load = load;
    await this.#reloader.reload();
  }

  async close(): Promise<void> {
    await this.#reloader.stop();
    this.#current.references.retire();
  }
}

async function generationOf(of: Config): Promise<Generation> {
  const pipeline = await createPipeline(of, deps);
  const close = (): void => pipeline.close();
  return { config: of, pipeline, close, references: new ReferenceCount(close) };
}
