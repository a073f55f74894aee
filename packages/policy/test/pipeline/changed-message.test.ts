import { splitMessage } from "@mailseal/syntax";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { changedMessage, outgoingChunks, type StoredMessage } from "../../src/index.ts";
import { bytesOf, stored } from "../support/mail.ts";

test("all bytes but the removed ones go out, however the message is cut", async () => {
  const cuts = fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { minLength: 0, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(cuts, fc.integer({ min: 1, max: 70 }), async (points, step) => {
      const text = Array.from({ length: 60 }, (_, index) =>
        String.fromCharCode(48 + (index % 64)),
      ).join("");
      const sorted = points.toSorted((one, other) => one - other);
      const remove = [];
      let expected = "";
      let from = 0;
      for (let at = 0; at + 1 < sorted.length; at += 2) {
        const [start = 0, end = 0] = sorted.slice(at, at + 2);
        remove.unshift({ name: "X", occurrence: 1, start, end });
        expected += text.slice(from, start);
        from = end;
      }
      expected += text.slice(from);
      const out = await bytesOf(stored(text, step), {
        prepend: [{ name: "New", value: " é" }],
        remove,
      });
      expect(out.toString()).toBe(`New: é\r\n${expected}`);
    }),
  );
});

async function wholeMessage(message: StoredMessage): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of message.chunks()) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

describe("changedMessage", () => {
  const prepend = [{ name: "new", value: "" }];
  test.each([
    [[], "new:\r\nabcdefgh"],
    [[{ start: 0, end: 2 }], "new:\r\ncdefgh"],
    [
      [
        { start: 6, end: 8 },
        { start: 2, end: 4 },
      ],
      "new:\r\nabef",
    ],
    [[{ start: 0, end: 8 }], "new:\r\n"],
  ])("without %j", async (remove, expected) => {
    for (const step of [8, 1, 3, 2]) {
      const message = stored("abcdefgh", step);
      const inMemory = changedMessage(message, { prepend, remove });
      expect(await wholeMessage(inMemory)).toBe(expected);
      expect(inMemory.sizeBytes).toBe(expected.length);
      const fromFile = changedMessage(
        {
          sizeBytes: 8,
          async *chunks() {
            yield* message.chunks();
          },
        },
        { prepend, remove },
      );
      expect(await wholeMessage(fromFile)).toBe(expected);
      expect(fromFile.sizeBytes).toBe(expected.length);
    }
  });

  test("has the header that was read before, changed", async () => {
    const bytes = Buffer.from("A: 1\r\nB: 2\r\n\r\nbody\r\n");
    const { bodyStart, ...split } = splitMessage(bytes);
    const header = { ...split, bodyStart, bytes: bytes.subarray(0, bodyStart) };
    const [first] = header.fields;
    const message = { ...stored(bytes), header };
    const changed = changedMessage(message, {
      prepend,
      remove: first === undefined ? [] : [first],
    });
    const whole = await wholeMessage(changed);
    expect(whole).toBe("new:\r\nB: 2\r\n\r\nbody\r\n");
    const { bodyStart: end, fields } = splitMessage(Buffer.from(whole));
    expect(changed.header.fields).toEqual(fields);
    expect(Buffer.from(changed.header.bytes).toString()).toBe(whole.slice(0, end));
    expect(changedMessage(stored(bytes), { prepend, remove: [] }).header).toBeUndefined();
  });

  test("outgoingChunks are its pieces", async () => {
    const message = stored("abc", 2);
    const chunks = outgoingChunks(message, { prepend, remove: [] });
    expect(await wholeMessage({ sizeBytes: 0, chunks: () => chunks })).toBe("new:\r\nabc");
  });
});
