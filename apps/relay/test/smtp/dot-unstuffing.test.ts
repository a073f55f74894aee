import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DotUnstuffer } from "../../src/smtp/dot-unstuffing.ts";
import { cutAt, cuts } from "../message/hostile-pieces.ts";

interface Unstuffed {
  readonly content: string;
  /** Undefined if the end has not come. */
  readonly rest: string | undefined;
}

function unstuffed(pieces: readonly Buffer[]): Unstuffed {
  const unstuffer = new DotUnstuffer();
  let content = "";
  for (const [at, piece] of pieces.entries()) {
    const found = unstuffer.push(piece);
    content += found.content.toString("latin1");
    if (found.rest !== undefined) {
      const rest = Buffer.concat([found.rest, ...pieces.slice(at + 1)]).toString("latin1");
      return { content, rest };
    }
  }
  return { content, rest: undefined };
}

const text = fc
  .array(fc.constantFrom(".", "..", "\r\n", "\r", "\n", "a", "\r\n.", "\r\n..", "\r\n.\r\n"))
  .map((parts) => Buffer.from(parts.join(""), "latin1"));

describe("DotUnstuffer", () => {
  test("finds the same in pieces of any size", () => {
    fc.assert(
      fc.property(text, cuts, (bytes, at) => {
        const whole = unstuffed([bytes]);
        const cut = unstuffed(cutAt(bytes, at));
        expect(cut.rest).toBe(whole.rest);
        if (whole.rest !== undefined) expect(cut.content).toBe(whole.content);
      }),
    );
  });

  test("restores content whose dots a client doubled, and returns the commands after it", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(".", "..", "a", ".a", "")), cuts, (lines, at) => {
        const content = lines.map((line) => `${line}\r\n`).join("");
        const sent = lines.map((line) => `${line.replace(/^\./, "..")}\r\n`).join("");
        const bytes = Buffer.from(`${sent}.\r\nQUIT\r\n`);
        expect(unstuffed(cutAt(bytes, at))).toEqual({ content, rest: "QUIT\r\n" });
      }),
    );
  });

  test("does not copy a piece whose lines begin with no dot", () => {
    const piece = Buffer.from("a.b\r\nc.\r\n");
    expect(new DotUnstuffer().push(piece).content).toBe(piece);
  });

  test("does not copy a piece that holds the end of the message and no other line with a dot", () => {
    const piece = Buffer.from("a.b\r\nc\r\n.\r\nQUIT\r\n");
    const { content, rest } = new DotUnstuffer().push(piece);
    expect(content).toEqual(Buffer.from("a.b\r\nc\r\n"));
    expect(content.buffer).toBe(piece.buffer);
    expect(rest).toEqual(Buffer.from("QUIT\r\n"));
  });
});
