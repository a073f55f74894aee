import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Message, MessageReader, splitMessage, toCrlf } from "../../src/index.ts";
import { chunksOf, cuts, input } from "./cut-messages.ts";

describe("MessageReader", () => {
  test("reads a message as SMTP carries it, in any chunking (property)", () => {
    fc.assert(
      fc.property(input, cuts, (bytes, at) => {
        let header: Message | undefined;
        const body: Uint8Array[] = [];
        const reader = new MessageReader({
          onHeader(message) {
            expect(header).toBeUndefined();
            header = message;
          },
          onBody: (chunk) => body.push(Uint8Array.from(chunk)),
        });
        for (const chunk of chunksOf(bytes, at)) {
          reader.write(chunk);
        }
        reader.finish();
        const isUnix = splitMessage(bytes).lineEnding === "lf";
        const sent = isUnix ? toCrlf(bytes, { bareCr: "keep" }) : bytes;
        expect(reader.unixFile).toBe(isUnix);
        expect(Buffer.concat([header?.bytes ?? Buffer.alloc(0), ...body]).toString()).toBe(
          Buffer.from(sent).toString(),
        );
      }),
      { numRuns: 500 },
    );
  });

  test("takes a header that was read before, and reports the same (property)", () => {
    const reported = (give: (reader: MessageReader) => void): unknown => {
      const seen: { header?: Message; body: Uint8Array[] } = { body: [] };
      const reader = new MessageReader({
        onHeader: (message) => void (seen.header = message),
        onBody: (chunk) => seen.body.push(Uint8Array.from(chunk)),
      });
      give(reader);
      reader.finish();
      return { ...seen, body: Buffer.concat(seen.body).toString(), unix: reader.unixFile };
    };
    fc.assert(
      fc.property(input, (bytes) => {
        expect(reported((reader) => reader.begin(splitMessage(bytes)))).toEqual(
          reported((reader) => reader.write(bytes)),
        );
      }),
    );
  });
});
