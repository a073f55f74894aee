import fc from "fast-check";
import { expect, test } from "vitest";
import { FramingCheck } from "../../src/message/framing-check.ts";
import { cutAt, cuts, hostileText } from "./hostile-pieces.ts";

test("FramingCheck accepts 8bit data as RFC 2045 defines it, and nothing else, in chunks of any size", () => {
  fc.assert(
    fc.property(hostileText, cuts, (bytes, at) => {
      const check = new FramingCheck(10);
      for (const piece of cutAt(bytes, at)) {
        check.write(piece);
      }
      const isClean = /^(?:[^\r\n\0]{0,10}\r\n)*[^\r\n\0]{0,10}$/.test(bytes.toString("latin1"));
      expect(check.finish() === undefined).toBe(isClean);
    }),
  );
});
