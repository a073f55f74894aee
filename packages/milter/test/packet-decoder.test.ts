import fc from "fast-check";
import { expect, test } from "vitest";
import { type MalformedStream, type Packet, PacketDecoder } from "../src/packet-decoder.ts";
import { packet } from "./mta.ts";

function decodeAll(
  chunks: readonly Uint8Array[],
  maxPacketBytes = 1024 * 1024,
): readonly (Packet | MalformedStream)[] {
  const decoder = new PacketDecoder(maxPacketBytes);
  const decoded: (Packet | MalformedStream)[] = [];
  for (const chunk of chunks) {
    decoder.push(chunk);
    for (let next = decoder.next(); next !== undefined; next = decoder.next()) {
      decoded.push(next);
      if (next.kind === "malformed") return decoded;
    }
  }
  return decoded;
}

function plain(decoded: readonly (Packet | MalformedStream)[]): unknown {
  return decoded.map((one) =>
    one.kind === "packet" ? [one.command, Buffer.from(one.payload).toString("hex")] : one.code,
  );
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

test("a payload that was handed out is not written to by what comes later", () => {
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
  ["one too many", Buffer.from([0, 0, 0, 101]), "packet-too-large"],
  ["all ones", Buffer.from([255, 255, 255, 255]), "packet-too-large"],
] as const)("refuses a length of %s before its payload comes, for good", (_name, length, code) => {
  const decoder = new PacketDecoder(100);
  decoder.push(length);
  expect(decoder.next()).toMatchObject({ kind: "malformed", code });
  decoder.push(packet("Q"));
  expect(decoder.next()).toMatchObject({ kind: "malformed", code });
});

test("holds what arrived, not what a length claims, and is linear octet by octet", () => {
  const decoder = new PacketDecoder(2 ** 30);
  decoder.push(Buffer.from([0x3f, 0xff, 0xff, 0xff]));
  const before = process.memoryUsage().arrayBuffers;
  for (let count = 0; count < 300_000; count++) decoder.push(new Uint8Array(1));
  expect(decoder.next()).toBeUndefined();
  // Far below the gigabyte that is claimed; the octets' own small arrays count until they are collected.
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100_000_000);
});
