import fc from "fast-check";
import { expect, test } from "vitest";
import { DotStuffer } from "../../src/next-hop/next-hop-session.ts";
import { cutAt } from "../support/cut-at.ts";

test("DotStuffer: a receiver that takes the dots away again has the same lines", () => {
  const line = fc.constantFrom(".", "..", "a.", "", ".a", "b").map((text) => `${text}\r\n`);
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat({ max: 40 })), (lines, cuts) => {
      const stuffer = new DotStuffer();
      const sent = cutAt(Buffer.from(lines.join("")), cuts).map((piece) => stuffer.push(piece));
      const text = Buffer.concat([...sent, Buffer.from(stuffer.end())]).toString();
      expect(text.indexOf("\r\n.\r\n")).toBe(lines.length === 0 ? -1 : text.length - 5);
      expect(text.slice(0, -3).replaceAll(/^\./gm, "")).toBe(lines.join(""));
    }),
  );
});
