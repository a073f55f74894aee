import { type Config } from "@mailseal/config";
import { MailsealError } from "@mailseal/errors";
import { HeaderReader, type Message } from "@mailseal/syntax";
import type { Disposition, StoredMessage } from "./mail.ts";
import { type HeaderLimit, headerRefusals } from "./smtp-dispositions.ts";

type Pieces = AsyncIterator<Uint8Array> | Iterator<Uint8Array>;

/** A message whose header has been read and whose body has not: it can be read once, from start to end. */
export class OpenMessage {
  /** `header.bytes` is the header with its blank line; offsets are those of the whole message. */
  readonly header: Message;
  readonly #pieces: Pieces;
  /** Octets of the header that are still to be skipped in the next pieces. */
  #headerLeft: number;
  /** The beginning of the body, if it came in the last piece of the header. */
  #rest: Uint8Array;

  /** `rest`: the unread end of the last piece; undefined if no piece has been read. */
  constructor(header: Message, pieces: Pieces, rest?: Uint8Array) {
    this.header = header;
    this.#pieces = pieces;
    this.#headerLeft = rest === undefined ? header.bytes.length : 0;
    this.#rest = rest ?? nothing;
  }

  /** Hands on the body. Returns no promise, and calls `onPiece` at once, if the message is in memory. */
  readBody(onPiece: (piece: Uint8Array) => void): void | Promise<void> {
    if (this.#rest.length > 0) onPiece(this.#rest);
    this.#rest = nothing;
    for (;;) {
      const next = this.#pieces.next();
      if (next instanceof Promise) return this.#readLater(next, onPiece);
      if (next.done === true) return;
      this.#handOn(next.value, onPiece);
    }
  }

  async #readLater(
    first: Promise<IteratorResult<Uint8Array>>,
    onPiece: (piece: Uint8Array) => void,
  ): Promise<void> {
    for (let next = await first; next.done !== true; next = await this.#pieces.next()) {
      this.#handOn(next.value, onPiece);
    }
  }

  #handOn(piece: Uint8Array, onPiece: (piece: Uint8Array) => void): void {
    const skipped = Math.min(this.#headerLeft, piece.length);
    this.#headerLeft -= skipped;
    if (skipped < piece.length) onPiece(skipped === 0 ? piece : piece.subarray(skipped));
  }

  /** Closes the source, which may be a file, if the body has not been read to its end. */
  async close(): Promise<void> {
    await this.#pieces.return?.();
  }
}

export type Opened =
  | { readonly ok: true; readonly message: OpenMessage }
  | { readonly ok: false; readonly refusal: Disposition; readonly reason: string };

/** The memory that the header of one message may take if the limits do not hold for it. */
const largestHeaderBytes = 64 * 1024 * 1024;

/**
 * Opens a message at its body. Reads the header within the limits, unless the message carries a header that was read
 * when the message was received, or they were enforced then. Rejects only if the message's source does.
 */
export async function openMessage(
  stored: StoredMessage,
  limits: Pick<Config["limits"], "headerSize" | "headerFields">,
): Promise<Opened> {
  const source = stored.chunks();
  const pieces =
    Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  if (stored.header !== undefined) {
    return { ok: true, message: new OpenMessage(stored.header, pieces) };
  }
  const [maxHeaderBytes, maxFields] =
    stored.isWithinLimits === true
      ? [Math.max(limits.headerSize, largestHeaderBytes), Infinity]
      : [limits.headerSize, limits.headerFields];
  try {
    const { message, rest } = await readHeader(
      new HeaderReader({ maxHeaderBytes, maxFields }),
      pieces,
    );
    return { ok: true, message: new OpenMessage(message, pieces, rest) };
  } catch (error) {
    const limit = headerLimitOf(error);
    if (limit === undefined) throw error;
    await pieces.return?.();
    const reason =
      limit === "header-too-large"
        ? `the header is larger than limits.headerSize, ${maxHeaderBytes} octets`
        : `the header has more fields than limits.headerFields, ${maxFields}`;
    return { ok: false, refusal: headerRefusals[limit], reason };
  }
}

/**
 * The limit on the header that was exceeded, if that is why `HeaderReader` threw.
 *
 * ```ts
 * try {
 *   reader.write(bytes);
 * } catch (error) {
 *   const limit = headerLimitOf(error);
 *   if (limit === undefined) throw error;
 *   console.log(headerRefusals[limit].text);
 * }
 * ```
 */
export function headerLimitOf(error: unknown): HeaderLimit | undefined {
  const code = error instanceof MailsealError ? error.code : undefined;
  return code === "header-too-large" || code === "too-many-fields" ? code : undefined;
}

const nothing: Uint8Array = new Uint8Array(0);

async function readHeader(
  reader: HeaderReader,
  pieces: Pieces,
): Promise<{ readonly message: Message; readonly rest: Uint8Array }> {
  for (;;) {
    const step = pieces.next();
    const next = step instanceof Promise ? await step : step;
    if (next.done === true) return { message: reader.end(), rest: nothing };
    const read = reader.push(next.value);
    if (read !== undefined) return read;
  }
}
