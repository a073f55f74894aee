/** One packet on the wire: a letter and its payload. */
export interface Packet {
  readonly kind: "packet";
  /** The command's octet. */
  readonly command: number;
  /** A view of the bytes that arrived; nobody writes to them afterwards. */
  readonly payload: Uint8Array;
}

/** A packet that did not fit into memory, or exceeded the limit: its bytes were dropped as they arrived. */
export interface LostPacket {
  readonly kind: "lost";
  readonly command: number;
  readonly why: "no-room" | "too-large";
}

/** Memory shared with other sessions. */
export interface Room {
  /** False if there is not enough; nothing is taken then. */
  take(sizeBytes: number): boolean;
  give(sizeBytes: number): void;
}

/** The stream cannot be read further, because the start of the next packet is unknown. */
export interface MalformedStream {
  readonly kind: "malformed";
  readonly code: "packet-too-large" | "protocol-violation";
  readonly reason: string;
}

const lengthBytes = 4;
/** A longer packet shows that the stream does not come from an MTA. */
const longestDropped = 256 * 1024 * 1024;
/** The commands that carry a message, and may be as long as that is: L, B and E. */
const messageCommands: ReadonlySet<number> = new Set(Buffer.from("LBE"));

/**
 * Splits a stream of bytes, in pieces of any size, into packets: four octets of length, big-endian, then
 * the command's letter and its payload, both counted by the length. Never throws. Holds the piece in hand
 * and at most twice the bytes of one unfinished packet, however long that claims to be; time is linear.
 * What it holds of an unfinished packet is taken from `room`. Of a message, a packet above the limit is
 * dropped as it comes; any other makes the stream malformed.
 */
export class PacketDecoder {
  readonly #maxPacketBytes: number;
  readonly #room: Room | undefined;
  /** The bytes of the current buffer that were taken from the room. */
  #takenBytes = 0;
  /** The bytes of a lost packet that are still to arrive. */
  #lostBytes = 0;
  #lost: LostPacket | undefined;
  #bytes: Uint8Array = new Uint8Array();
  #start = 0;
  #end = 0;
  #malformed: MalformedStream | undefined;

  constructor(maxPacketBytes: number, room?: Room) {
    this.#maxPacketBytes = maxPacketBytes;
    this.#room = room;
  }

  /** Takes the next bytes. They must not be changed afterwards. */
  push(arrived: Uint8Array): void {
    const dropped = Math.min(this.#lostBytes, arrived.length);
    this.#lostBytes -= dropped;
    const chunk = arrived.subarray(dropped);
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
      const capacity = 2 * (pending + chunk.length);
      if (this.#isUnfinished && !this.#hold(capacity)) {
        this.#lose("no-room");
        this.push(chunk);
        return;
      }
      const grown = new Uint8Array(capacity);
      grown.set(this.#bytes.subarray(this.#start, this.#end));
      this.#bytes = grown;
      this.#start = 0;
      this.#end = pending;
    }
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** The next packet; undefined if more bytes are needed. A malformed stream stays malformed. */
  next(): Packet | LostPacket | MalformedStream | undefined {
    if (this.#malformed !== undefined) return this.#malformed;
    if (this.#lost !== undefined) {
      if (this.#lostBytes > 0) return undefined;
      const lost = this.#lost;
      this.#lost = undefined;
      return lost;
    }
    const pending = this.#end - this.#start;
    if (pending < lengthBytes) {
      if (this.#takenBytes === 0) this.#keepRest();
      return undefined;
    }
    const length = uint32At(this.#bytes, this.#start);
    if (length === 0) {
      return this.#refuse(
        "protocol-violation",
        "expected packets of at least one octet, got one of length 0",
      );
    }
    if (length > this.#maxPacketBytes) return this.#tooLarge(length);
    if (pending < lengthBytes + length) {
      if (this.#takenBytes > 0) return undefined;
      if (pending === lengthBytes) this.#keepRest();
      else if (!this.#hold(this.#bytes.length)) this.#lose("no-room");
      return undefined;
    }
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

  #tooLarge(length: number): ReturnType<PacketDecoder["next"]> {
    const hasLetter = this.#end - this.#start > lengthBytes;
    if (length <= longestDropped && !hasLetter) {
      this.#keepRest();
      return undefined;
    }
    const letter = this.#bytes[this.#start + lengthBytes] ?? 0;
    if (length <= longestDropped && messageCommands.has(letter)) {
      this.#lose("too-large");
      return this.next();
    }
    return this.#refuse(
      "packet-too-large",
      `expected packets of at most ${this.#maxPacketBytes} octets, got a length of ${length}; raise maxPacketBytes if the MTA is right`,
    );
  }

  #refuse(code: MalformedStream["code"], reason: string): MalformedStream {
    this.#malformed = { kind: "malformed", code, reason };
    this.#forget();
    return this.#malformed;
  }

  /** Gives back what is held; nothing more is to be pushed. */
  close(): void {
    this.#forget();
  }

  /** Whether the buffer holds the start of one packet, with its length and letter. */
  get #isUnfinished(): boolean {
    const pending = this.#end - this.#start;
    if (pending <= lengthBytes) return false;
    const length = uint32At(this.#bytes, this.#start);
    return length <= this.#maxPacketBytes && pending < lengthBytes + length;
  }

  #hold(sizeBytes: number): boolean {
    if (this.#room?.take(sizeBytes - this.#takenBytes) === false) return false;
    this.#takenBytes = sizeBytes;
    return true;
  }

  /** Drops the current packet, whose length and letter are known. */
  #lose(why: LostPacket["why"]): void {
    const length = uint32At(this.#bytes, this.#start);
    const packetEnd = this.#start + lengthBytes + length;
    this.#lost = { kind: "lost", command: this.#bytes[this.#start + lengthBytes] ?? 0, why };
    this.#lostBytes = Math.max(0, packetEnd - this.#end);
    if (packetEnd < this.#end) this.#start = packetEnd;
    else this.#forget();
  }

  /** A few octets are not to keep the piece that they came in. */
  #keepRest(): void {
    this.#bytes = this.#bytes.slice(this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
  }

  #forget(): void {
    this.#room?.give(this.#takenBytes);
    this.#takenBytes = 0;
    this.#bytes = new Uint8Array();
    this.#start = 0;
    this.#end = 0;
  }
}

/** Four octets, big-endian. */
export function uint32At(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0);
}
