import type { Config } from "@mailseal/config";
import { MailsealError } from "@mailseal/errors";
import { HeaderReader, type Message, splitMessage } from "@mailseal/syntax";
import { headerTooLarge, tooManyFields } from "./answers.ts";
import type { Disposition, StoredMessage } from "./mail.ts";

type Pieces = AsyncIterator<Uint8Array> | Iterator<Uint8Array>;

/** A message whose header was read and whose body is still to come: it is read once, from start to end. */
export class OpenMessage {
  /** `header.bytes` is the header with its blank line; offsets are those of the whole message. */
  readonly header: Message;
  readonly #rest: Uint8Array;
  readonly #pieces: Pieces;

  constructor(header: Message, rest: Uint8Array, pieces: Pieces) {
    this.header = header;
    this.#rest = rest;
    this.#pieces = pieces;
  }

  /** Hands on the body. Without a promise, and at once, where the message is in memory. */
  readBody(onPiece: (piece: Uint8Array) => void): void | Promise<void> {
    if (this.#rest.length > 0) onPiece(this.#rest);
    for (;;) {
      const next = this.#pieces.next();
      if (next instanceof Promise) return this.#readLater(next, onPiece);
      if (next.done === true) return;
      onPiece(next.value);
    }
  }

  async #readLater(
    first: Promise<IteratorResult<Uint8Array>>,
    onPiece: (piece: Uint8Array) => void,
  ): Promise<void> {
    for (let next = await first; next.done !== true; next = await this.#pieces.next()) {
      onPiece(next.value);
    }
  }

  /** Lets go of the source, a file perhaps, where the body is not read to its end. */
  async close(): Promise<void> {
    await this.#pieces.return?.();
  }
}

export type Opened =
  | { readonly ok: true; readonly message: OpenMessage }
  | { readonly ok: false; readonly refusal: Disposition; readonly reason: string };

/** Reads a message up to its body, within the limits. Rejects only where its source does. */
export async function openMessage(
  stored: StoredMessage,
  limits: Pick<Config["limits"], "headerSize" | "headerFields">,
): Promise<Opened> {
  const source = stored.chunks();
  const pieces =
    Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  const reader = new HeaderReader({ maxHeaderBytes: limits.headerSize });
  try {
    const { header: bytes, rest } = await readHeader(reader, pieces);
    const header = splitMessage(bytes);
    if (header.fields.length <= limits.headerFields) {
      return { ok: true, message: new OpenMessage(header, rest, pieces) };
    }
  } catch (error) {
    if (!(error instanceof MailsealError && error.code === "header-too-large")) throw error;
    await pieces.return?.();
    return { ok: false, refusal: headerTooLarge(limits.headerSize), reason: error.message };
  }
  await pieces.return?.();
  const refusal = tooManyFields(limits.headerFields);
  return { ok: false, refusal, reason: `more than ${limits.headerFields} header fields` };
}

const nothing: Uint8Array = new Uint8Array(0);

async function readHeader(
  reader: HeaderReader,
  pieces: Pieces,
): Promise<{ readonly header: Uint8Array; readonly rest: Uint8Array }> {
  for (;;) {
    const step = pieces.next();
    const next = step instanceof Promise ? await step : step;
    if (next.done === true) return { header: reader.end(), rest: nothing };
    const read = reader.push(next.value);
    if (read !== undefined) return read;
  }
}
