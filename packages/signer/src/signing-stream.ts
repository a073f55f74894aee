import { argumentCheck, bytes as bytesRule } from "@mailseal/errors";
import { CrlfFixer, type LineEndingRepairs, type Message, MessageReader } from "@mailseal/syntax";
import { badOption, SigningError } from "./errors.ts";
import { checkHeader, refuseLineEnding } from "./line-ending-check.ts";
import { checkedNow, type LineEndingPolicy, type SignerOptions } from "./options.ts";
import type { SignaturePlan } from "./plan.ts";
import { type MadeSignature, SigningPass } from "./signing-pass.ts";

/** The result of signing a message in pieces. */
export interface SignedStream {
  /** The new header fields: put them on top of the message. */
  readonly fields: string;
  /** In the order of the options. */
  readonly signatures: readonly MadeSignature[];
  /** The bytes to send after everything that `write` returned; empty unless the message ended with a bare CR that was repaired. */
  readonly rest: Uint8Array;
  /** The line endings that were changed to CRLF, and where the first was; undefined if none was. */
  readonly repairs: LineEndingRepairs | undefined;
}

/** The options of a signer, with its clock. */
export interface StreamOptions extends SignerOptions {
  readonly now: () => number;
}

const checkChunk = argumentCheck("chunk", bytesRule, badOption);

const nothing: Uint8Array = new Uint8Array(0);
const cr = 0x0d;

/**
 * Signs one message that arrives in pieces of any size. Memory: the header, and the current piece of the
 * body.
 *
 * ```ts
 * const stream = signer.stream();
 * const sent = chunks.map((chunk) => stream.write(chunk));
 * const { fields, rest } = stream.finish();
 * const signed = Buffer.concat([Buffer.from(fields), ...sent, rest]);
 * ```
 */
export class SigningStream {
  readonly #plans: readonly SignaturePlan[];
  readonly #options: StreamOptions;
  readonly #lineEndings: LineEndingPolicy;
  readonly #fixer: CrlfFixer | undefined;
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
    this.#lineEndings = options.lineEndings ?? "fix";
    this.#fixer = this.#lineEndings === "keep" ? undefined : new CrlfFixer();
    this.header = header === undefined ? nothing : this.#take(header);
  }

  /**
   * Takes the next bytes and returns the bytes to send for them: the same array, or with the policy `fix` a
   * repaired copy if it has a bare CR or LF. Throws a `SigningError` as soon as it is clear that the message
   * must not be signed.
   */
  write(chunk: Uint8Array): Uint8Array {
    this.#expectUnfinished();
    checkChunk(chunk);
    const bytes = this.#fix(chunk);
    this.#reader.write(bytes);
    return bytes;
  }

  /** Ends the message and signs it. */
  finish(): SignedStream {
    this.#expectUnfinished();
    this.#finished = true;
    const rest = this.#fixer?.end() ?? nothing;
    this.#checkRepairs();
    this.#reader.write(rest);
    this.#reader.finish();
    const { fieldLineEndings, now } = this.#options;
    const lineEnding = this.#reader.unixFile && fieldLineEndings !== "crlf" ? "\n" : "\r\n";
    const signatures = this.#pass?.finish(checkedNow(now()), lineEnding) ?? [];
    const fields = signatures.map(({ field }) => field).join("");
    return { fields, signatures, rest, repairs: this.#fixer?.repairs };
  }

  #take(header: Message): Uint8Array {
    const bytes = this.#fix(header.bytes);
    const isRepaired = bytes !== header.bytes || bytes[bytes.length - 1] === cr;
    // Repairing moves the fields, so a repaired header is read again. A last CR may get its LF later.
    if (this.#fixer !== undefined && isRepaired) this.#reader.write(bytes);
    else this.#reader.begin(header);
    return bytes;
  }

  #fix(chunk: Uint8Array): Uint8Array {
    if (this.#fixer === undefined) return chunk;
    const bytes = this.#fixer.push(chunk);
    this.#checkRepairs();
    return bytes;
  }

  #checkRepairs(): void {
    const repairs = this.#fixer?.repairs;
    if (repairs !== undefined && this.#lineEndings === "reject") refuseLineEnding(repairs);
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
