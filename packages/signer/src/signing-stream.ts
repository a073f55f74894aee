import { CrlfFixer, type Message, MessageReader, toCrlf } from "@mailseal/syntax";
import { SigningError } from "./errors.ts";
import { checkHeader, LineEndingCheck } from "./line-ending-check.ts";
import type { SignerOptions } from "./options.ts";
import type { SignaturePlan } from "./plan.ts";
import { type MadeSignature, SigningPass } from "./signing-pass.ts";

export interface SignedStream {
  /** The new header fields: put them on top of the message. */
  readonly fields: string;
  /** In the order of the options. */
  readonly signatures: readonly MadeSignature[];
  /** The bytes to send after everything that `write` returned; empty unless the policy is `fix`. */
  readonly rest: Uint8Array;
}

/** The options of a signer, with its clock. */
export interface StreamOptions extends SignerOptions {
  readonly now: () => number;
}

const nothing: Uint8Array = new Uint8Array(0);

/**
 * Signs one message that arrives in pieces of any size. Memory: the header, and the current piece of the
 * body.
 */
export class SigningStream {
  readonly #plans: readonly SignaturePlan[];
  readonly #options: StreamOptions;
  readonly #fixer: CrlfFixer | undefined;
  readonly #check: LineEndingCheck | undefined;
  readonly #reader = new MessageReader({
    onHeader: (message) => this.#begin(message),
    onBody: (chunk) => this.#pass?.write(chunk),
  });
  /**
   * The bytes to send for the header that the stream was made with, or a repaired copy of them with the
   * policy `fix`. Empty if the stream was made without a header.
   */
  readonly header: Uint8Array;
  #pass: SigningPass | undefined;
  #finished = false;

  /** `header`: the header of the message, if it has been read already. */
  constructor(plans: readonly SignaturePlan[], options: StreamOptions, header?: Message) {
    this.#plans = plans;
    this.#options = options;
    this.#fixer = options.lineEndings === "fix" ? new CrlfFixer() : undefined;
    this.#check = options.lineEndings === "reject" ? new LineEndingCheck() : undefined;
    this.header = header === undefined ? nothing : this.#take(header);
  }

  /**
   * Takes the next bytes and returns the bytes to send for them: the same array, or a repaired copy
   * with the policy `fix`. Throws a `SigningError` as soon as it is clear that the message must
   * not be signed.
   */
  write(chunk: Uint8Array): Uint8Array {
    this.#expectUnfinished();
    this.#check?.write(chunk);
    const bytes = this.#fixer?.push(chunk) ?? chunk;
    this.#reader.write(bytes);
    return bytes;
  }

  /** Ends the message and signs it. */
  finish(): SignedStream {
    this.#expectUnfinished();
    this.#finished = true;
    this.#check?.finish();
    const rest = this.#fixer?.end() ?? nothing;
    this.#reader.write(rest);
    this.#reader.finish();
    const { fieldLineEndings, now } = this.#options;
    const lineEnding = this.#reader.unixFile && fieldLineEndings !== "crlf" ? "\n" : "\r\n";
    const signatures = this.#pass?.finish(now(), lineEnding) ?? [];
    return { fields: signatures.map(({ field }) => field).join(""), signatures, rest };
  }

  #take(header: Message): Uint8Array {
    const { bytes } = header;
    // Repairing moves the fields, so a repaired header is read again.
    if (this.#fixer !== undefined && toCrlf(bytes) !== bytes) return this.write(bytes);
    this.#check?.write(bytes);
    this.#reader.begin(header);
    return bytes;
  }

  #begin(message: Message): void {
    checkHeader(message);
    this.#pass = new SigningPass(this.#plans, message);
  }

  #expectUnfinished(): void {
    if (this.#finished) {
      throw new SigningError(
        "stream-finished",
        "this signing stream has ended: make a new one for each message with signer.stream()",
      );
    }
  }
}
