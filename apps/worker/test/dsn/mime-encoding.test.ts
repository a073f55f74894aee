import fc from "fast-check";
import { expect, test } from "vitest";
import { quotedPrintable } from "../../src/dsn/mime-encoding.ts";

test("quoted-printable preserves every octet, in lines of at most 76 characters", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
      const text = quotedPrintable(bytes);
      expect(text).toMatch(/^[\t\r\n -~]*$/);
      expect(Math.max(...text.split("\r\n").map((line) => line.length))).toBeLessThanOrEqual(76);
      const octets = text
        .replaceAll("=\r\n", "")
        .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) =>
          String.fromCharCode(Number.parseInt(hex, 16)),
        );
      expect(Buffer.from(octets, "latin1").equals(bytes)).toBe(true);
    }),
  );
});
