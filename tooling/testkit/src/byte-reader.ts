import type { Socket } from "node:net";

const crlf = Buffer.from("\r\n");
const endOfData = Buffer.from("\r\n.\r\n");

/** Reads lines and message content from a socket, independent of how they are split. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Buffer, undefined>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.#chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
  }

  /** The next line without its CRLF, one character an octet; undefined at the end. */
  async line(): Promise<string | undefined> {
    const line = await this.#until(crlf, Buffer.alloc(0));
    return line?.toString("latin1");
  }

  /**
   * The content after DATA: exactly what stands before CRLF "." CRLF, and nothing else ends it, with its
   * last CRLF. Dots are still doubled. `onFirstBytes` is awaited when some of it has arrived.
   */
  async content(onFirstBytes: () => Promise<void>): Promise<Buffer | undefined> {
    if (this.#rest.length === 0 && !(await this.#more())) return undefined;
    await onFirstBytes();
    // The first line may be the dot: the CRLF before it ended the command.
    const content = await this.#until(endOfData, crlf);
    if (content === undefined || content.length === 0) return content;
    return Buffer.concat([content.subarray(2), crlf]);
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.#chunks
      .next()
      .catch(() => ({ done: true, value: undefined }));
    if (done === true || value === undefined) return false;
    this.#rest = value;
    return true;
  }

  /** Reads up to `marker`, removes the marker, and prepends `before`. */
  async #until(marker: Buffer, before: Buffer): Promise<Buffer | undefined> {
    const pieces = [before];
    let length = before.length;
    let tail = before;
    for (;;) {
      const probe = Buffer.concat([tail, this.#rest]);
      const found = probe.indexOf(marker);
      pieces.push(this.#rest);
      if (found !== -1) {
        const whole = Buffer.concat(pieces);
        const end = length - tail.length + found;
        this.#rest = whole.subarray(end + marker.length);
        return whole.subarray(0, end);
      }
      length += this.#rest.length;
      tail = probe.subarray(Math.max(0, probe.length - marker.length + 1));
      this.#rest = Buffer.alloc(0);
      if (!(await this.#more())) return undefined;
    }
  }
}
