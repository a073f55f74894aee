/** One packet as it travels: a letter, and what belongs to it. */
export interface Packet {
  readonly kind: "packet";
  /** The command's octet. */
  readonly command: number;
  /** A view of the bytes that arrived; nobody writes to them afterwards. */
  readonly payload: Uint8Array;
}

/** The stream cannot be read on: what follows has no known beginning. */
export interface MalformedStream {
  readonly kind: "malformed";
  readonly code: "packet-too-large" | "protocol-violation";
  readonly reason: string;
}

const lengthBytes = 4;

/**
 * Splits a stream of bytes, in pieces of any size, into packets: four octets of length, big-endian, then
 * the command's letter and its payload, both counted by the length. Never throws. Holds the piece in hand
 * and at most twice the bytes of one unfinished packet, however long that claims to be; time is linear.
 */
export class PacketDecoder {
  readonly #maxPacketBytes: number;
  #bytes: Uint8Array = new Uint8Array();
  #start = 0;
  #end = 0;
  #malformed: MalformedStream | undefined;

  constructor(maxPacketBytes: number) {
    this.#maxPacketBytes = maxPacketBytes;
  }

  /** Takes the next bytes. They must not be changed afterwards. */
  push(chunk: Uint8Array): void {
    if (this.#malformed !== undefined || chunk.length === 0) return;
    const pending = this.#end - this.#start;
    if (pending === 0) {
      // Taken over whole: full to its end, so that nothing is ever written to it.
      this.#bytes = chunk;
      this.#start = 0;
      this.#end = chunk.length;
      return;
    }
    if (this.#end + chunk.length > this.#bytes.length) {
      // What was handed out stays where it is: unread bytes move to new room, never within the old.
      const grown = new Uint8Array(2 * (pending + chunk.length));
      grown.set(this.#bytes.subarray(this.#start, this.#end));
      this.#bytes = grown;
      this.#start = 0;
      this.#end = pending;
    }
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** The next packet; undefined where more bytes are needed. A malformed stream stays malformed. */
  next(): Packet | MalformedStream | undefined {
    if (this.#malformed !== undefined) return this.#malformed;
    const pending = this.#end - this.#start;
    if (pending < lengthBytes) return undefined;
    const length = uint32At(this.#bytes, this.#start);
    if (length === 0) {
      return this.#refuse(
        "protocol-violation",
        "expected packets of at least one octet, got one of length 0",
      );
    }
    if (length > this.#maxPacketBytes) {
      return this.#refuse(
        "packet-too-large",
        `expected packets of at most ${this.#maxPacketBytes} octets, got a length of ${length}; raise maxPacketBytes if the MTA is right`,
      );
    }
    if (pending < lengthBytes + length) return undefined;
    const at = this.#start + lengthBytes;
    const packet: Packet = {
      kind: "packet",
      command: this.#bytes[at] ?? 0,
      payload: this.#bytes.subarray(at + 1, at + length),
    };
    this.#start = at + length;
    if (this.#start === this.#end) this.#forget();
    return packet;
  }

  #refuse(code: MalformedStream["code"], reason: string): MalformedStream {
    this.#malformed = { kind: "malformed", code, reason };
    this.#forget();
    return this.#malformed;
  }

  #forget(): void {
    this.#bytes = new Uint8Array();
    this.#start = 0;
    this.#end = 0;
  }
}

/** Four octets, big-endian. */
export function uint32At(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0);
}
