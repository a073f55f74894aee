import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { changedMessage } from "../../src/message/changed-message.ts";
import { FramingCheck } from "../../src/message/framing-check.ts";
import { HeaderCheck } from "../../src/message/header-check.ts";
import { receivedField } from "../../src/message/received-field.ts";
import type { SpillFile } from "../../src/message/spill-file.ts";
import { Spool } from "../../src/message/spool.ts";
import { wholeMessage } from "../relay-under-test.ts";

const text = fc
  .array(fc.constantFrom("\r\n", "\r", "\n", "a", "\0", "Received: ", " ", ":", "\xe9", "Bind: b"))
  .map((parts) => Buffer.from(parts.join(""), "latin1"));
const cuts = fc.array(fc.nat({ max: 60 }));

function cutAt(bytes: Buffer, at: readonly number[]): Buffer[] {
  const sorted = [0, ...at.map((cut) => Math.min(cut, bytes.length)), bytes.length].toSorted(
    (one, other) => one - other,
  );
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
}

test("FramingCheck accepts what RFC 2045 calls 8bit, and nothing else, in any pieces", () => {
  fc.assert(
    fc.property(text, cuts, (bytes, at) => {
      const check = new FramingCheck(10);
      for (const piece of cutAt(bytes, at)) {
        check.write(piece);
      }
      const isClean = /^(?:[^\r\n\0]{0,10}\r\n)*[^\r\n\0]{0,10}$/.test(bytes.toString("latin1"));
      expect(check.finish() === undefined).toBe(isClean);
    }),
  );
});

test("HeaderCheck finds the same in any pieces", () => {
  const seen = (pieces: readonly Buffer[]): unknown => {
    const check = new HeaderCheck({ headerSize: 100, headerFields: 3 }, "bind");
    for (const piece of pieces) {
      check.write(piece);
    }
    return [check.defect, check.found, check.ascii];
  };
  fc.assert(
    fc.property(text, cuts, (bytes, at) => {
      expect(seen(cutAt(bytes, at))).toEqual(seen([bytes]));
    }),
  );
});

describe("changedMessage", () => {
  test.each([
    [[], "newabcdefgh"],
    [[{ start: 0, end: 2 }], "newcdefgh"],
    [
      [
        { start: 6, end: 8 },
        { start: 2, end: 4 },
      ],
      "newabef",
    ],
    [[{ start: 0, end: 8 }], "new"],
  ])("without %j", async (ranges, expected) => {
    for (const at of [[], [1], [3, 5], [2, 4, 6]]) {
      const bytes = Buffer.from("abcdefgh");
      const chunks = cutAt(bytes, at);
      const inMemory = changedMessage({ sizeBytes: 8, chunks: () => chunks }, "new", ranges);
      expect((await wholeMessage(inMemory)).toString()).toBe(expected);
      expect(inMemory.sizeBytes).toBe(expected.length);
      const fromFile = changedMessage(
        {
          sizeBytes: 8,
          async *chunks() {
            yield* chunks;
          },
        },
        "new",
        ranges,
      );
      expect((await wholeMessage(fromFile)).toString()).toBe(expected);
    }
  });
});

describe("Spool", () => {
  test("keeps any message in any pieces, in memory or in a file, and gives all back", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 200 }),
        cuts,
        fc.constantFrom(10, 100, 1000),
        async (bytes, at, spillSize) => {
          const spool = new Spool({ spillSize, memory: 100_000 });
          const writer = spool.writer();
          for (const piece of cutAt(Buffer.from(bytes), at)) {
            await writer.write(piece);
          }
          const message = await writer.finish();
          if (message === undefined) {
            throw new Error("expected a message");
          }
          expect(message.sizeBytes).toBe(bytes.length);
          expect(await wholeMessage(message)).toEqual(Buffer.from(bytes));
          expect(await wholeMessage(message)).toEqual(Buffer.from(bytes));
          await message.release();
          await message.release();
          expect(spool.memoryUsedBytes).toBe(0);
        },
      ),
    );
  });

  test("counts what tiny pieces really hold", async () => {
    const spool = new Spool({ spillSize: 1_000_000, memory: 100_000 });
    const writer = spool.writer();
    for (let count = 0; count < 20_000; count++) {
      await writer.write(Buffer.from("ab"));
    }
    expect(spool.memoryUsedBytes).toBeGreaterThanOrEqual(40_000);
    expect(spool.memoryUsedBytes).toBeLessThan(80_000);
    await writer.discard();
    expect(spool.memoryUsedBytes).toBe(0);
  });

  test("a disk that fails is a defect, and nothing stays", async () => {
    let isClosed = false;
    const full = {
      sizeBytes: 0,
      append: () => Promise.reject(new Error("ENOSPC")),
      close: async () => {
        isClosed = true;
      },
    };
    const spool = new Spool({
      spillSize: 10,
      memory: 1000,
      createFile: async () => full as unknown as SpillFile,
    });
    const writer = spool.writer();
    await writer.write(Buffer.alloc(20));
    expect(writer.defect).toBe("disk");
    expect(await writer.finish()).toBeUndefined();
    expect(isClosed).toBe(true);
    expect(spool.memoryUsedBytes).toBe(0);
  });

  test("a client that goes away while the file comes to be leaves none open", async () => {
    let closed = 0;
    let create: () => void = () => undefined;
    const file = { sizeBytes: 0, append: async () => undefined, close: async () => void closed++ };
    const spool = new Spool({
      spillSize: 10,
      memory: 1000,
      createFile: () =>
        new Promise((resolve) => {
          create = () => resolve(file as unknown as SpillFile);
        }),
    });
    const writer = spool.writer();
    const written = writer.write(Buffer.alloc(20));
    await writer.discard();
    create();
    await written;
    expect([closed, spool.memoryUsedBytes]).toEqual([1, 0]);
    await writer.write(Buffer.alloc(20));
    expect(spool.memoryUsedBytes).toBe(0);
  });
});

test("the Received field is printable whatever the client is called", () => {
  const field = receivedField({
    heloName: "x\r\nEvil: yes (é",
    remoteAddress: "2001:db8::1",
    hostname: "relay.test",
    transmissionType: "ESMTPS",
    queueId: "ABC",
    at: new Date(Date.UTC(2026, 10, 5, 4, 3, 2)),
  });
  expect(field).toBe(
    "Received: from x??Evil:?yes???  ([IPv6:2001:db8::1])\r\n".replace("???  ", "??? ") +
      "\tby relay.test (Mailseal) with ESMTPS id ABC;\r\n\tThu, 5 Nov 2026 04:03:02 +0000\r\n",
  );
});
