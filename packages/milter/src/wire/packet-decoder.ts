/** One packet on the wire: a letter and its payload. */
export interface Packet {
  readonly kind: "packet";
  /** The command's octet. */
  readonly command: number;
  /** A view of the received bytes, which are not overwritten later. */
  readonly payload: Uint8Array;
}

/** A packet that did not fit into the memory or exceeded the limit. Its bytes were dropped as they arrived. */
export interface LostPacket {
  readonly kind: "lost";
  readonly command: number;
  readonly why: "no-room" | "too-large";
}

/** Memory shared with other sessions. */
export interface Room {
  /** Takes memory. False if there is not enough; then it takes none. */
  take(sizeBytes: number): boolean;
  /** Gives octets back. */
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
/** The commands that carry a part of the message and can be as long as that part: L, B and E. */
const messageCommands: ReadonlySet<number> = new Set(Buffer.from("LBE"));

/**
 * Splits a stream of bytes, in pieces of any size, into packets: four octets of length, big-endian, then the letter
 * of the command and its payload, both counted in the length. Never throws, and takes linear time. It holds the
 * current piece and at most twice the received bytes of one incomplete packet, whatever length that claims; this
 * memory is taken from `room`. A packet above the limit is dropped as it arrives if it carries a part of the
 * message; any other makes the stream malformed.
 */
export class PacketDecoder {
  readonly #maxPacketBytes: number;
  readonly #room: Room | undefined;
  /** The size of the current buffer that was taken from the room. */
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
      // The chunk itself becomes the buffer. It is full, so nothing is ever written to it.
      this.#bytes = chunk;
      this.#start = 0;
      this.#end = chunk.length;
      return;
    }
    if (this.#end + chunk.length > this.#bytes.length) {
      // Packets that were returned are views of the old buffer: unread bytes move to a new one, never within the old.
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
        "the stream has a packet of length 0, but each has at least the octet of its command",
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
      `a packet of ${length} octets exceeds the limit of ${this.#maxPacketBytes}: raise maxPacketBytes if the client is an MTA`,
    );
  }

  #refuse(code: MalformedStream["code"], reason: string): MalformedStream {
    this.#malformed = { kind: "malformed", code, reason };
    this.#forget();
    return this.#malformed;
  }

  /** Releases the memory. Push nothing more after this. */
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

  /** Copies a few octets, so that they do not keep their whole piece in memory. */
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
