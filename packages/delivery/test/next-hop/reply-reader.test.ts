import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ReplyReader } from "../../src/next-hop/reply-reader.ts";
import { cutAt } from "../support/cut-at.ts";

describe("ReplyReader", () => {
  test.each([
    ["250 OK\r\n", { code: 250, text: "OK" }],
    ["250\r\n", { code: 250, text: "" }],
    ["550 5.1.1 No such user\r\n", { code: 550, enhancedCode: "5.1.1", text: "No such user" }],
    ["451-4.3.0 one\r\n451 4.3.0 two\n", { code: 451, enhancedCode: "4.3.0", text: "one\ntwo" }],
    ["250 2.0.0\r\n", { code: 250, enhancedCode: "2.0.0", text: "" }],
    ["550 caf\xc3\xa9\r\n", { code: 550, text: "café" }],
  ])("%j", (octets, reply) => {
    expect([...new ReplyReader().push(Buffer.from(octets, "latin1"))]).toEqual([reply]);
  });

  test("returns a reply before it finds that the next line is not one", () => {
    const replies = new ReplyReader().push(Buffer.from("250 OK\r\nnonsense\r\n"));
    expect(replies.next().value).toMatchObject({ code: 250 });
    expect(() => replies.next()).toThrow(/expected an SMTP reply/);
  });

  test("limits the length of a reply", () => {
    const reader = new ReplyReader();
    const line = Buffer.from("250-more\r\n".repeat(1000));
    expect(() => {
      for (let count = 0; count < 100; count++) {
        reader.push(line).next();
      }
    }).toThrow(/longer than 65536 octets/);
  });

  test("any octets in any pieces: replies or one error, the same ones", () => {
    const part = fc.constantFrom("250 ok", "250-a", "\r\n", "\n", "550 5.1.1 x", "\xff", "12", " ");
    fc.assert(
      fc.property(fc.array(part), fc.array(fc.nat({ max: 40 })), (parts, cuts) => {
        const bytes = Buffer.from(parts.join(""), "latin1");
        expect(readAll(cutAt(bytes, cuts))).toEqual(readAll([bytes]));
      }),
    );
  });
});

function readAll(pieces: readonly Buffer[]): unknown[] {
  const reader = new ReplyReader();
  const seen: unknown[] = [];
  try {
    for (const piece of pieces) {
      for (const reply of reader.push(piece)) {
        seen.push(reply);
      }
    }
  } catch {
    seen.push("error");
  }
  return seen;
}
