import { createHash, type Hash } from "node:crypto";
import { CrlfFixer, type Message } from "@mailseal/syntax";
import { FramingCheck, type FramingDefect } from "./framing-check.ts";
import {
  findField,
  type UnfoldedField,
  hasAsciiHeader,
  hasUtf8Address,
  HeaderCheck,
  type HeaderDefect,
  type HeaderLimits,
} from "./header-check.ts";
import type { SpoolDefect, SpooledMessage, SpoolWriter } from "./spool.ts";

export interface IncomingOptions {
  readonly limits: HeaderLimits & { readonly messageSize: number; readonly lineLength: number };
  readonly lineEndings: "reject" | "fix";
  /** The name of a field to find, so that it can be removed. */
  readonly bindingHeader?: string | undefined;
  /** Set to compute a digest of all octets as they were received. */
  readonly digest?: "sha256" | undefined;
}

export type IncomingDefect = FramingDefect | HeaderDefect | SpoolDefect | "message-too-large";

/** A message that has been received and is ready for the pipeline. */
export interface ReceivedMessage {
  readonly message: SpooledMessage & { readonly header: Message };
  /** Whether the whole message, and its header, have only ASCII octets. */
  readonly ascii: boolean;
  readonly asciiHeader: boolean;
  /** Whether an address in the header contains UTF-8. */
  readonly utf8Address: boolean;
  readonly bindingField: UnfoldedField | undefined;
  /** Present if the option asks for it. */
  readonly digest: string | undefined;
}

/** Receives one message: checks or repairs its line endings, checks the limits, and stores it. */
export class IncomingMessage {
  readonly #options: IncomingOptions;
  readonly #writer: SpoolWriter;
  readonly #framing: FramingCheck;
  readonly #header: HeaderCheck;
  readonly #fixer: CrlfFixer | undefined;
  readonly #hash: Hash | undefined;
  #sizeBytes = 0;
  #defect: IncomingDefect | undefined;

  constructor(writer: SpoolWriter, options: IncomingOptions) {
    this.#options = options;
    this.#writer = writer;
    this.#framing = new FramingCheck(options.limits.lineLength);
    this.#header = new HeaderCheck(options.limits);
    this.#hash = options.digest && createHash(options.digest);
    this.#fixer = options.lineEndings === "fix" ? new CrlfFixer() : undefined;
  }

  get defect(): IncomingDefect | undefined {
    return this.#defect ?? this.#writer.defect;
  }

  /** The error of the disk, for the log. */
  get cause(): unknown {
    return this.#writer.cause;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Returns a promise if the client must wait before it sends more. */
  write(chunk: Uint8Array): Promise<void> | undefined {
    this.#sizeBytes += chunk.length;
    this.#hash?.update(chunk);
    return this.#take(this.#fixer === undefined ? chunk : this.#fixer.push(chunk));
  }

  /** Resolves to undefined if there is a defect; everything has been released then. */
  async finish(): Promise<ReceivedMessage | undefined> {
    if (this.#fixer !== undefined) {
      await this.#take(this.#fixer.end());
    }
    this.#header.finish();
    this.#defect ??= this.#framing.finish() ?? this.#header.defect;
    const { header } = this.#header;
    const stored = this.#defect === undefined ? await this.#writer.finish() : undefined;
    if (stored === undefined || header === undefined) {
      await this.discard();
      return undefined;
    }
    const { bindingHeader } = this.#options;
    const { ascii } = this.#framing;
    return {
      message: { ...stored, header },
      ascii,
      asciiHeader: ascii || hasAsciiHeader(header),
      utf8Address: !ascii && hasUtf8Address(header),
      bindingField: bindingHeader === undefined ? undefined : findField(header, bindingHeader),
      digest: this.#hash?.digest("base64url"),
    };
  }

  async discard(): Promise<void> {
    await this.#writer.discard();
  }

  /** After a defect the rest is read and dropped: SMTP cannot stop a client in DATA. */
  #take(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#defect !== undefined) {
      return undefined;
    }
    this.#framing.write(chunk);
    this.#header.write(chunk);
    this.#defect =
      this.#sizeBytes > this.#options.limits.messageSize
        ? "message-too-large"
        : (this.#framing.defect ?? this.#header.defect);
    if (this.#defect !== undefined) return this.#writer.discard();
    this.#writer.holdHeader(this.#header.copiedBytes);
    return this.#writer.write(chunk);
  }
}
