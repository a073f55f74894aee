import fc from "fast-check";
import { expect, test } from "vitest";
import { bytesOf, stored } from "./support/mail.ts";

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
      const out = await bytesOf(stored(text, step), { prepend: "New: é\r\n", remove });
      expect(out.toString()).toBe(`New: é\r\n${expected}`);
    }),
  );
});
