import { tmpdir } from "node:os";
import type { StoredMessage } from "@mailseal/policy";
import { MemoryBudget } from "./memory-budget.ts";
import { SpillFile } from "./spill-file.ts";

export interface SpoolOptions {
  /** Larger messages go to a file, octets. */
  readonly spillSize: number;
  /** Octets of all messages in memory together. */
  readonly memory: number;
  /** Default: the system's temporary directory. */
  readonly directory?: string | undefined;
  /** For tests: how a spill file comes to be. */
  readonly createFile?: (directory: string) => Promise<SpillFile>;
}

/** A message that must be given back once it is done with. */
export interface SpooledMessage extends StoredMessage {
  release(): Promise<void>;
}

/** Why a message could not be kept. */
export type SpoolDefect = "memory" | "disk";

/** Where messages in flight are kept: small ones in memory, large ones on disk. Bounded in both. */
export class Spool {
  readonly #spillSize: number;
  readonly #budget: MemoryBudget;
  readonly #createFile: () => Promise<SpillFile>;

  constructor(options: SpoolOptions) {
    const { spillSize, memory, directory = tmpdir(), createFile = SpillFile.create } = options;
    this.#spillSize = spillSize;
    this.#budget = new MemoryBudget(memory);
    this.#createFile = () => createFile(directory);
  }

  get memoryUsedBytes(): number {
    return this.#budget.usedBytes;
  }

  /** Takes one message in pieces. */
  writer(): SpoolWriter {
    return new SpoolWriter(this.#budget, this.#spillSize, this.#createFile);
  }
}

/** One message on its way in. After a defect it keeps nothing and ignores what comes. */
export class SpoolWriter {
  readonly #budget: MemoryBudget;
  readonly #spillSize: number;
  readonly #createFile: () => Promise<SpillFile>;
  #chunks: Uint8Array[] = [];
  #memoryBytes = 0;
  #file: SpillFile | undefined;
  #defect: SpoolDefect | undefined;
  #cause: unknown;

  constructor(budget: MemoryBudget, spillSize: number, createFile: () => Promise<SpillFile>) {
    this.#budget = budget;
    this.#spillSize = spillSize;
    this.#createFile = createFile;
  }

  get defect(): SpoolDefect | undefined {
    return this.#defect;
  }

  /** The error of the disk, for the log. */
  get cause(): unknown {
    return this.#cause;
  }

  /** A promise where the caller has to wait before it writes again. Never fails: see `defect`. */
  write(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#defect !== undefined || chunk.length === 0) {
      return undefined;
    }
    if (this.#file !== undefined || this.#memoryBytes + chunk.length > this.#spillSize) {
      return this.#spill(chunk);
    }
    if (!this.#budget.take(chunk.length)) {
      this.#dropMemory();
      this.#defect = "memory";
      return undefined;
    }
    this.#memoryBytes += chunk.length;
    this.#chunks.push(chunk);
    return undefined;
  }

  /** The whole message. Only without a defect, and once. */
  finish(): SpooledMessage {
    const file = this.#file;
    if (file !== undefined) {
      return {
        sizeBytes: file.sizeBytes,
        chunks: () => file.chunks(),
        release: () => file.close(),
      };
    }
    const chunks = this.#chunks;
    return {
      sizeBytes: this.#memoryBytes,
      chunks: () => chunks,
      release: async () => this.#dropMemory(),
    };
  }

  /** Gives back all that is held; for a message that is not finished. */
  async discard(): Promise<void> {
    this.#dropMemory();
    await this.#file?.close().catch(() => undefined);
  }

  async #spill(chunk: Uint8Array): Promise<void> {
    try {
      this.#file ??= await this.#createFile();
      for (const held of this.#chunks) {
        await this.#file.append(held);
      }
      this.#dropMemory();
      await this.#file.append(chunk);
    } catch (error) {
      this.#defect = "disk";
      this.#cause = error;
      await this.discard();
    }
  }

  #dropMemory(): void {
    this.#budget.give(this.#memoryBytes);
    this.#memoryBytes = 0;
    this.#chunks = [];
  }
}
