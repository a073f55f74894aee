import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HeaderReader, type Message, splitMessage } from "../../src/index.ts";
import { chunksOf, cuts, input } from "./cut-messages.ts";

describe("HeaderReader", () => {
  test("splits where splitMessage does, in any chunking (property)", () => {
    fc.assert(
      fc.property(input, cuts, (bytes, at) => {
        const reader = new HeaderReader();
        let header: Message | undefined;
        const rest: Uint8Array[] = [];
        for (const chunk of chunksOf(bytes, at)) {
          const read = header === undefined ? reader.push(chunk) : undefined;
          if (header !== undefined) {
            rest.push(chunk);
          } else if (read !== undefined) {
            header = read.message;
            rest.push(read.rest);
          }
        }
        header ??= reader.end();
        const { bytes: _all, ...split } = splitMessage(bytes);
        const { bodyStart } = split;
        expect(header).toMatchObject(split);
        expect(Buffer.from(header.bytes).toString()).toBe(bytes.subarray(0, bodyStart).toString());
        expect(Buffer.concat(rest).toString()).toBe(bytes.subarray(bodyStart).toString());
      }),
      { numRuns: 500 },
    );
  });

  test("copies nothing if one piece holds the header", () => {
    const bytes = Buffer.from("A: b\r\n\r\nbody");
    const read = new HeaderReader().push(bytes);
    expect(read?.message.bytes.byteOffset).toBe(bytes.byteOffset);
    expect(read?.rest.byteOffset).toBe(bytes.byteOffset + 8);
  });

  test("refuses a header beyond the bound, however it comes", () => {
    const reader = new HeaderReader({ maxHeaderBytes: 10 });
    reader.push(Buffer.from("A: 345678\n"));
    expect(() => reader.push(Buffer.from("B"))).toThrow(
      expect.objectContaining({ code: "header-too-large" }),
    );
    const exact = new HeaderReader({ maxHeaderBytes: 6 }).push(
      Buffer.from("A: b\n\nand a body of any size"),
    );
    expect(exact?.message.bytes.length).toBe(6);
  });
});

describe("the number of fields", () => {
  const lines = "A: 1\r\nnot a field\r\nB: 2\r\n more\r\n\r\n";

  test("is bounded in any chunking, lines that are no fields included", () => {
    for (let cut = 0; cut <= lines.length; cut++) {
      const read = (maxFields: number): unknown => {
        const reader = new HeaderReader({ maxFields });
        const pieces = [lines.slice(0, cut), lines.slice(cut)].map((it) => Buffer.from(it));
        return pieces.map((it) => reader.push(it)).find((it) => it !== undefined);
      };
      expect(read(3)).toBeDefined();
      expect(() => read(2)).toThrow(expect.objectContaining({ code: "too-many-fields" }));
    }
  });

  test("a huge piece is read no further than the bounds", () => {
    const huge = Buffer.alloc(1_000_000, "A: b\r\n");
    expect(() => new HeaderReader({ maxFields: 10 }).push(huge)).toThrow(/limit of 10:/);
    expect(() => new HeaderReader({ maxHeaderBytes: 100 }).push(huge)).toThrow(
      /limit of 100 bytes/,
    );
  });
});

test("a header in many pieces is copied once, and little of the body with it", () => {
  const reader = new HeaderReader();
  reader.push(Buffer.from("A: b\r\n"));
  const body = Buffer.alloc(1_000_000, "x");
  const read = reader.push(Buffer.concat([Buffer.from("C: d\r\n\r\n"), body]));
  expect(read?.rest.length).toBe(body.length);
  expect(reader.copiedBytes).toBeLessThan(40_000);
});
