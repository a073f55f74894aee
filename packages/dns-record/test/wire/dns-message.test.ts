import { type Answer, encode, type Packet } from "dns-packet";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  flag,
  readMessage,
  readSoaMinimum,
  readTarget,
  readText,
  recordType,
} from "../../src/wire/dns-message.ts";

const name = "a.example";
const questions: Packet["questions"] = [{ type: "TXT", name }];

function textRecord(...strings: readonly Uint8Array[]): Answer {
  return { type: "TXT", name, ttl: 60, data: strings.map((it) => Buffer.from(it)) };
}

describe("a message of another codec", () => {
  const opt = { udpPayloadSize: 1232, extendedRcode: 3, ednsVersion: 0, flags: 0, flag_do: false };
  const soa = { mname: "ns.example", rname: "root.example", minimum: 0xfffffffe };
  const bytes = encode({
    type: "response",
    id: 7,
    flags: flag.authenticData,
    questions,
    answers: [
      { type: "CNAME", name, ttl: 30, data: "b.example" },
      { type: "TXT", name: "b.example", ttl: 0xffffffff, data: [Buffer.from("v=")] },
      { type: "AAAA", name: "b.example", data: "2001:db8::1" },
    ],
    authorities: [{ type: "SOA", name: "example", ttl: 5, data: soa }],
    additionals: [{ type: "OPT", name: ".", ...opt, options: [] }],
  });
  const message = readMessage(bytes);

  test("has its flags, question and records", () => {
    expect(message?.flags).toBe(flag.response | flag.authenticData);
    expect(message?.questions).toEqual([{ name, type: recordType.txt, class: 1 }]);
    expect(message?.answers).toMatchObject([
      { name, type: recordType.cname, class: 1, ttl: 30 },
      { name: "b.example", type: recordType.txt, ttl: 0xffffffff },
      { name: "b.example", type: 28 },
    ]);
    expect(message?.additionals).toMatchObject([{ name: "", type: recordType.opt }]);
    expect((message?.additionals[0]?.ttl ?? 0) >>> 24).toBe(3);
  });

  test("has the data of its records", () => {
    const [cname, txt] = message?.answers ?? [];
    const [authority] = message?.authorities ?? [];
    expect(cname && readTarget(bytes, cname)).toBe("b.example");
    expect(txt && readText(bytes, txt)).toBe("v=");
    expect(authority && readSoaMinimum(bytes, authority)).toBe(0xfffffffe);
  });
});

test("the strings of a record are one text, octet for octet", () => {
  const strings = fc.array(fc.uint8Array({ maxLength: 255 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(strings, (parts) => {
      const bytes = encode({ type: "response", questions, answers: [textRecord(...parts)] });
      const [record] = readMessage(bytes)?.answers ?? [];
      expect(record && readText(bytes, record)).toBe(Buffer.concat(parts).toString("latin1"));
    }),
  );
});

test("records of a type that it does not know spoil nothing", () => {
  const junk = { type: "UNKNOWN_4711", name, data: Buffer.alloc(3, 0xff) } as unknown as Answer;
  const bytes = encode({
    type: "response",
    questions,
    answers: [junk, textRecord(Buffer.from("x"))],
  });
  const [, record] = readMessage(bytes)?.answers ?? [];
  expect(record && readText(bytes, record)).toBe("x");
});

test("a message with any octets missing at its end is no message", () => {
  const bytes = encode({ type: "response", questions, answers: [textRecord(Buffer.from("xyz"))] });
  for (let length = 0; length < bytes.length; length++) {
    expect(readMessage(bytes.subarray(0, length)), `${length} octets`).toBeUndefined();
  }
});

test("counts that promise more than there is are no message", () => {
  const bytes = encode({ type: "response", questions, answers: [textRecord(Buffer.from("xyz"))] });
  for (const at of [4, 6, 8, 10]) {
    const changed = Buffer.from(bytes);
    changed.writeUInt16BE(0xffff, at);
    expect(readMessage(changed)).toBeUndefined();
  }
});

describe("data that do not fit their type", () => {
  const record = { name, type: 0, class: 1, ttl: 0, dataStart: 0 };
  test.each([
    ["a string longer than the record", Uint8Array.of(3, 0x61, 0x62), readText],
    ["octets after a name", Uint8Array.of(1, 0x61, 0, 0), readTarget],
    ["a SOA without its numbers", new Uint8Array(20), readSoaMinimum],
  ] as const)("%s", (_, bytes, read) => {
    expect(read(bytes, { ...record, dataEnd: bytes.length })).toBeUndefined();
  });
});

test("any bytes are read without a throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const message = readMessage(bytes);
      for (const record of message?.answers ?? []) {
        readText(bytes, record);
        readTarget(bytes, record);
        readSoaMinimum(bytes, record);
      }
    }),
  );
});
