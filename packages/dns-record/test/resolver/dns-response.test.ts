import { type Answer, encode, type Packet } from "dns-packet";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeTxtQuery } from "../../src/resolver/dns-query.ts";
import { readTxtResponse } from "../../src/resolver/dns-response.ts";

const query = encodeTxtQuery("a.example", 0x1234);

function response(packet: Partial<Packet> = {}): Buffer {
  return encode({
    type: "response",
    id: query.id,
    questions: [{ type: "TXT", name: query.name }],
    answers: [txt("x")],
    ...packet,
  });
}

function txt(text: string, more: { name?: string; ttl?: number } = {}): Answer {
  return { type: "TXT", name: query.name, ttl: 60, data: [Buffer.from(text)], ...more };
}

test("a response to the query", () => {
  expect(readTxtResponse(response(), query)).toEqual({
    status: "complete",
    answer: { status: "found", records: ["x"], ttlSeconds: 60, authenticated: false },
  });
});

describe("no response to the query", () => {
  const question = { type: "TXT", name: query.name } as const;
  const cases: readonly (readonly [string, Uint8Array])[] = [
    ["nothing", new Uint8Array()],
    ["less than a header", response().subarray(0, 11)],
    ["another id", response({ id: 0x1235 })],
    ["a query", response({ type: "query" })],
    ["no question", response({ questions: [] })],
    ["two questions", response({ questions: [question, question] })],
    ["another name", response({ questions: [{ type: "TXT", name: "b.example" }] })],
    ["another type", response({ questions: [{ type: "A", name: query.name }] })],
    ["another class", response({ questions: [{ ...question, class: "CH" }] })],
    ["another opcode", response({ flags: 1 << 11 })],
    ["cut off in a record", response().subarray(0, -1)],
    [
      "cut off before a string's text",
      response({ answers: [txt("x".repeat(200))] }).subarray(0, -200),
    ],
    ["counts that promise more", withCounts(response(), 0xffff)],
  ];
  test.each(cases)("%s", (_, bytes) => {
    expect(readTxtResponse(bytes, query)).toBeUndefined();
  });
});

describe("what counts in an answer", () => {
  const cases: readonly (readonly [string, Partial<Packet>, unknown])[] = [
    [
      "records of other names do not",
      { answers: [txt("b", { name: "b.example" })] },
      { status: "nodata", authenticated: false },
    ],
    [
      "records of other types do not",
      { answers: [{ type: "A", name: query.name, data: "192.0.2.1" }] },
      { status: "nodata", authenticated: false },
    ],
    [
      "the shortest TTL",
      { answers: [txt("x", { ttl: 90 }), txt("y", { ttl: 30 })] },
      { records: ["x", "y"], ttlSeconds: 30 },
    ],
    [
      "a TTL with the highest bit set is 0 (RFC 2181 8)",
      { answers: [txt("x", { ttl: 0x80000000 })] },
      { ttlSeconds: 0 },
    ],
    ["a name in another case", { answers: [txt("x", { name: "A.Example" })] }, { records: ["x"] }],
    ["FORMERR", { flags: 1 }, { status: "error", reason: expect.stringMatching(/FORMERR/) }],
    [
      "an unknown RCODE",
      { flags: 11 },
      { status: "error", reason: expect.stringMatching(/RCODE 11/) },
    ],
    [
      "BADVERS, of which half is in EDNS",
      {
        additionals: [
          {
            type: "OPT",
            name: ".",
            udpPayloadSize: 1232,
            extendedRcode: 1,
            ednsVersion: 0,
            flags: 0,
            flag_do: false,
            options: [],
          },
        ],
      },
      { status: "error", reason: expect.stringMatching(/BADVERS/) },
    ],
  ];
  test.each(cases)("%s", (_, packet, answer) => {
    expect(readTxtResponse(response(packet), query)).toMatchObject({ status: "complete", answer });
  });

  test("TC alone matters where it is set", () => {
    expect(readTxtResponse(response({ flags: 1 << 9 }), query)).toEqual({ status: "truncated" });
  });

  test("a truncated response may end within any record", () => {
    const whole = response({ flags: 1 << 9, answers: [txt("v=DKIM1; p=AA==")] });
    for (let end = query.bytes.length; end < whole.length; end++) {
      expect(readTxtResponse(whole.subarray(0, end), query)).toEqual({ status: "truncated" });
    }
  });
});

describe("any bytes", () => {
  test("are read without a throw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const head = response().subarray(0, 27);
        expect(() => readTxtResponse(Buffer.concat([head, bytes]), query)).not.toThrow();
      }),
    );
  });

  test("a changed byte never makes a longer text", () => {
    const good = response({ answers: [txt("v=DKIM1; p=AA==")] });
    fc.assert(
      fc.property(
        fc.nat({ max: good.length - 1 }),
        fc.integer({ min: 0, max: 255 }),
        (at, byte) => {
          const bytes = Buffer.from(good);
          bytes[at] = byte;
          const read = readTxtResponse(bytes, query);
          const answer = read?.status === "complete" ? read.answer : undefined;
          const records = answer?.status === "found" ? answer.records : [];
          expect(records.join("").length).toBeLessThanOrEqual(15);
        },
      ),
    );
  });
});

function withCounts(bytes: Buffer, count: number): Buffer {
  const changed = Buffer.from(bytes);
  for (const at of [6, 8, 10]) changed.writeUInt16BE(count, at);
  return changed;
}
