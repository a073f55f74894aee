import { tmpdir } from "node:os";
import type { StoredMessage } from "@mailseal/policy";
import { MemoryBudget } from "@mailseal/service";
import { SpillFile } from "@mailseal/spill-file";

export interface SpoolOptions {
  /** Messages of more octets go to a file. */
  readonly spillSize: number;
  /** The limit on octets of all messages in memory together, or a budget that is shared with others. */
  readonly memory: number | MemoryBudget;
  /** Default: the system's temporary directory. */
  readonly directory?: string | undefined;
  /** For tests: creates a spill file. */
  readonly createFile?: (directory: string) => Promise<SpillFile>;
}

/** A stored message that must be released after use. */
export interface SpooledMessage extends StoredMessage {
  release(): Promise<void>;
}

/** Why a message could not be stored. */
export type SpoolDefect = "memory" | "disk";

/** Stores messages in transit: small ones in memory, large ones on disk, within limits for both. */
export class Spool {
  readonly #spillSize: number;
  readonly #budget: MemoryBudget;
  readonly #createFile: () => Promise<SpillFile>;

  constructor(options: SpoolOptions) {
    const { spillSize, memory, directory = tmpdir(), createFile = SpillFile.create } = options;
    this.#spillSize = spillSize;
    this.#budget = typeof memory === "number" ? new MemoryBudget(memory) : memory;
    this.#createFile = () => createFile(directory);
  }

  get memoryUsedBytes(): number {
    return this.#budget.usedBytes;
  }

  /** Makes a writer for one message, which comes in pieces. */
  writer(): SpoolWriter {
    return new SpoolWriter(this.#budget, this.#spillSize, this.#createFile);
  }
}

/** Smaller pieces are joined, so that a message of tiny pieces takes no more memory than is counted. */
const blockBytes = 16 * 1024;

/** Stores one message while it is received. After a defect it holds nothing and ignores further pieces. */
export class SpoolWriter {
  readonly #budget: MemoryBudget;
  readonly #spillSize: number;
  readonly #createFile: () => Promise<SpillFile>;
  #chunks: Uint8Array[] = [];
  #block: Uint8Array | undefined;
  #blockUsed = 0;
  #takenBytes = 0;
  #firstBytes = 0;
  #headerBytes = 0;
  #sizeBytes = 0;
  #file: SpillFile | undefined;
  #defect: SpoolDefect | undefined;
  #cause: unknown;
  #isDiscarded = false;

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

  /** Returns a promise if the caller must wait before it writes again. Never fails: see `defect`. */
  write(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#defect !== undefined || this.#isDiscarded || chunk.length === 0) {
      return undefined;
    }
    const isFirst = this.#sizeBytes === 0;
    if (isFirst) this.#firstBytes = chunk.length;
    this.#sizeBytes += chunk.length;
    this.#keep(chunk, isFirst || chunk.length >= blockBytes ? "as it is" : "copied");
    const mustSpill = this.#file !== undefined ? this.#chunks.length > 0 : this.#isLarge();
    return mustSpill && this.#defect === undefined ? this.#spill() : undefined;
  }

  /** Counts the memory of a copied header, which has grown to `sizeBytes`, until the message is released. */
  holdHeader(sizeBytes: number): void {
    if (sizeBytes <= this.#headerBytes || this.#defect !== undefined || this.#isDiscarded) return;
    if (this.#budget.take(sizeBytes - this.#headerBytes)) {
      this.#headerBytes = sizeBytes;
    } else {
      this.#defect = "memory";
      this.#dropMemory();
      this.#dropHeader();
    }
  }

  /** Resolves to the whole message, or to undefined if there is a defect. */
  async finish(): Promise<SpooledMessage | undefined> {
    this.#endBlock();
    if (this.#file !== undefined && this.#defect === undefined) {
      await this.#spill();
    }
    if (this.#defect !== undefined) {
      return undefined;
    }
    const file = this.#file;
    const chunks = this.#chunks;
    return {
      sizeBytes: this.#sizeBytes,
      chunks: () => (file === undefined ? chunks : file.chunks()),
      release: () => this.discard(),
    };
  }

  /** Releases everything that is held. */
  async discard(): Promise<void> {
    this.#isDiscarded = true;
    this.#dropMemory();
    this.#dropHeader();
    await this.#file?.close().catch(() => undefined);
  }

  #isLarge(): boolean {
    return this.#sizeBytes > this.#spillSize;
  }

  #keep(chunk: Uint8Array, how: "as it is" | "copied"): void {
    if (how === "as it is") {
      this.#endBlock();
      if (this.#take(chunk.length)) {
        this.#chunks.push(chunk);
      }
      return;
    }
    for (let rest = chunk; rest.length > 0 && this.#defect === undefined;) {
      if (this.#block === undefined) {
        if (!this.#take(blockBytes)) {
          return;
        }
        this.#block = new Uint8Array(blockBytes);
        this.#blockUsed = 0;
      }
      const fitting = rest.subarray(0, blockBytes - this.#blockUsed);
      this.#block.set(fitting, this.#blockUsed);
      this.#blockUsed += fitting.length;
      rest = rest.subarray(fitting.length);
      if (this.#blockUsed === blockBytes) {
        this.#endBlock();
      }
    }
  }

  #endBlock(): void {
    if (this.#block !== undefined) {
      this.#chunks.push(this.#block.subarray(0, this.#blockUsed));
      this.#block = undefined;
    }
  }

  #take(sizeBytes: number): boolean {
    if (this.#budget.take(sizeBytes)) {
      this.#takenBytes += sizeBytes;
      return true;
    }
    this.#defect = "memory";
    this.#dropMemory();
    this.#dropHeader();
    return false;
  }

  async #spill(): Promise<void> {
    this.#endBlock();
    try {
      this.#file ??= await this.#createFile();
      // If the client has gone while the file was created, nobody else would close it.
      if (this.#isDiscarded) return await this.discard();
      for (const chunk of this.#chunks) {
        await this.#file.append(chunk);
      }
      this.#keepFirst();
      this.#dropMemory();
    } catch (error) {
      this.#defect = "disk";
      this.#cause = error;
      await this.discard();
    }
  }

  /** Counts the first piece as the header's: a header that was not copied is a view of it, and stays in memory. */
  #keepFirst(): void {
    if (this.#headerBytes === 0 && !this.#isDiscarded) {
      this.#headerBytes = this.#firstBytes;
      this.#takenBytes -= this.#firstBytes;
    }
  }

  #dropHeader(): void {
    this.#budget.give(this.#headerBytes);
    this.#headerBytes = 0;
  }

  #dropMemory(): void {
    this.#budget.give(this.#takenBytes);
    this.#takenBytes = 0;
    this.#chunks = [];
    this.#block = undefined;
  }
}
