import { packet } from "@mailseal/testkit/milter-mta";
import fc from "fast-check";
import { expect, test } from "vitest";
import { lostCommand } from "../../src/wire/command.ts";
import {
  type LostPacket,
  type MalformedStream,
  type Packet,
  PacketDecoder,
} from "../../src/wire/packet-decoder.ts";

function decodeAll(
  chunks: readonly Uint8Array[],
  maxPacketBytes = 1024 * 1024,
): readonly (Packet | MalformedStream)[] {
  const decoder = new PacketDecoder(maxPacketBytes);
  const decoded: (Packet | MalformedStream)[] = [];
  for (const chunk of chunks) {
    decoder.push(chunk);
    for (let next = decoder.next(); next !== undefined; next = decoder.next()) {
      if (next.kind === "lost") throw new Error("without a room nothing is lost");
      decoded.push(next);
      if (next.kind === "malformed") return decoded;
    }
  }
  return decoded;
}

function plain(decoded: readonly (Packet | LostPacket | MalformedStream)[]): unknown {
  return decoded.map((one) => {
    if (one.kind === "packet") return [one.command, Buffer.from(one.payload).toString("hex")];
    return one.kind === "lost" ? "lost" : one.code;
  });
}

function cut(bytes: Uint8Array, sizes: readonly number[]): readonly Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let at = 0;
  for (const size of sizes) {
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return [...chunks, bytes.subarray(at)];
}

test("any bytes, cut anywhere, decode alike and never throw", () => {
  const anyPacket = fc
    .tuple(fc.uint8Array({ maxLength: 300 }), fc.nat(255))
    .map(([payload, letter]) => packet(String.fromCharCode(letter), payload));
  const stream = fc.array(fc.oneof(anyPacket, fc.uint8Array({ maxLength: 20 })), { maxLength: 8 });
  fc.assert(
    fc.property(stream, fc.array(fc.nat(50), { maxLength: 60 }), (parts, sizes) => {
      const bytes = new Uint8Array(Buffer.concat(parts));
      const cutUp = cut(bytes, sizes).map((chunk) => chunk.slice());
      expect(plain(decodeAll(cutUp, 1000))).toEqual(plain(decodeAll([bytes], 1000)));
    }),
  );
});

test("well-formed packets come out as they went in, however they are cut", () => {
  const packets = fc.array(fc.tuple(fc.nat(255), fc.uint8Array({ maxLength: 500 })), {
    maxLength: 10,
  });
  fc.assert(
    fc.property(packets, fc.array(fc.nat(200), { maxLength: 40 }), (given, sizes) => {
      const bytes = Buffer.concat(
        given.map(([letter, payload]) => packet(String.fromCharCode(letter), payload)),
      );
      const decoded = decodeAll(cut(bytes, sizes));
      expect(plain(decoded)).toEqual(
        given.map(([letter, payload]) => [letter, Buffer.from(payload).toString("hex")]),
      );
    }),
  );
});

test("a payload that was returned is not overwritten by later octets", () => {
  const decoder = new PacketDecoder(1000);
  const first = packet("B", "first");
  decoder.push(first.subarray(0, 3));
  decoder.push(Buffer.concat([first.subarray(3), packet("B", "second").subarray(0, 5)]));
  const handedOut = decoder.next();
  decoder.push(packet("B", "second").subarray(5));
  decoder.push(packet("B", "third"));
  const payload = handedOut?.kind === "packet" ? handedOut.payload : new Uint8Array();
  expect(Buffer.from(payload).toString()).toBe("first");
  expect(plain([decoder.next()].flatMap((one) => one ?? []))).toEqual([
    [66, Buffer.from("second").toString("hex")],
  ]);
});

test.each([
  ["0", Buffer.from([0, 0, 0, 0]), "protocol-violation"],
  ["one too many for macros", Buffer.from([0, 0, 0, 101, 0x44]), "packet-too-large"],
  ["all ones", Buffer.from([255, 255, 255, 255]), "packet-too-large"],
] as const)("refuses a length of %s before its payload comes, for good", (_name, length, code) => {
  const decoder = new PacketDecoder(100);
  decoder.push(length);
  expect(decoder.next()).toMatchObject({ kind: "malformed", code });
  decoder.push(packet("Q"));
  expect(decoder.next()).toMatchObject({ kind: "malformed", code });
});

test.each(["L", "B", "E"])(
  "drops a packet %s above the limit, and reads on behind it",
  (letter) => {
    const bytes = Buffer.concat([
      packet(letter, "x".repeat(500)),
      packet("Q"),
      packet("B", "next"),
    ]);
    for (const pieceBytes of [1, 3, 4, 5, 100, bytes.length]) {
      const decoder = new PacketDecoder(100);
      const read: unknown[] = [];
      for (let at = 0; at < bytes.length; at += pieceBytes) {
        decoder.push(bytes.subarray(at, at + pieceBytes));
        for (let next = decoder.next(); next !== undefined; next = decoder.next()) {
          read.push(next.kind === "packet" ? Buffer.from(next.payload).toString() : next);
        }
      }
      const lost = { kind: "lost", command: letter.charCodeAt(0), why: "too-large" };
      expect(read).toEqual([lost, "", "next"]);
    }
  },
);

test("holds the octets that arrived, not the length that was claimed, and is linear octet by octet", () => {
  const decoder = new PacketDecoder(2 ** 30);
  decoder.push(Buffer.from([0x3f, 0xff, 0xff, 0xff]));
  const before = process.memoryUsage().arrayBuffers;
  for (let count = 0; count < 300_000; count++) decoder.push(new Uint8Array(1));
  expect(decoder.next()).toBeUndefined();
  // Far below the gigabyte that is claimed; the octets' own small arrays count until they are collected.
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100_000_000);
});

/** Room that a test can look into. */
class CountedRoom {
  used = 0;
  readonly limit: number;
  constructor(limit: number) {
    this.limit = limit;
  }
  take(sizeBytes: number): boolean {
    if (this.used + sizeBytes > this.limit) return false;
    this.used += sizeBytes;
    return true;
  }
  give(sizeBytes: number): void {
    this.used -= sizeBytes;
  }
}

test("what arrives of unfinished packets is counted, never above the room, and given back", () => {
  const packets = fc.array(
    fc.tuple(fc.constantFrom("L", "B", "E"), fc.uint8Array({ maxLength: 500 })),
    {
      maxLength: 10,
    },
  );
  const sizes = fc.array(fc.nat(200), { maxLength: 40 });
  fc.assert(
    fc.property(packets, sizes, fc.nat(1500), (given, cuts, limit) => {
      const bytes = Buffer.concat(given.map(([letter, payload]) => packet(letter, payload)));
      const room = new CountedRoom(limit);
      const decoder = new PacketDecoder(1000, room);
      const letters: string[] = [];
      const chunks = cut(bytes, cuts).map((chunk) => chunk.slice());
      for (const chunk of chunks) {
        decoder.push(chunk);
        for (let next = decoder.next(); next !== undefined; next = decoder.next()) {
          if (next.kind === "malformed") throw new Error(next.reason);
          letters.push(String.fromCharCode(next.command));
        }
        expect(room.used).toBeLessThanOrEqual(limit);
      }
      // Each is reported in its place, lost or not.
      expect(letters).toEqual(given.map(([letter]) => letter));
      decoder.push(packet("B", Buffer.alloc(100)).subarray(0, 50));
      decoder.next();
      decoder.close();
      expect(room.used).toBe(0);
    }),
  );
});

test("a packet without room for it is reported by its letter, and the next one is read", () => {
  const decoder = new PacketDecoder(1000, new CountedRoom(0));
  const bytes = Buffer.concat([packet("L", Buffer.alloc(300)), packet("N")]);
  decoder.push(bytes.subarray(0, 100));
  expect(decoder.next()).toBeUndefined();
  decoder.push(bytes.subarray(100, 250));
  expect(decoder.next()).toBeUndefined();
  decoder.push(bytes.subarray(250));
  const lost = decoder.next();
  expect(lost?.kind === "lost" && lostCommand(lost)).toEqual({
    kind: "lost",
    step: "header",
    why: "no-room",
  });
  expect(decoder.next()).toMatchObject({ kind: "packet", command: "N".charCodeAt(0) });
});
