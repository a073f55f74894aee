import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeTransfer, transferWriters } from "../../../src/explain/mime/transfer-encodings.ts";

const line = fc
  .string({ unit: "binary-ascii", maxLength: 200 })
  .map((text) => text.replace(/[\r\n]/g, ""));
const content = fc.array(line, { maxLength: 5 }).map((lines) => lines.join("\r\n"));

test("what a writer writes is read back (property)", () => {
  fc.assert(
    fc.property(content, (text) => {
      for (const { encoding, write } of transferWriters) {
        expect(decodeTransfer(write(text), encoding)).toBe(text);
      }
    }),
  );
});
