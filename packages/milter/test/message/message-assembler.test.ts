import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HeaderField } from "../../src/message/header-field.ts";
import { headerValueToSend } from "../../src/message/header-value.ts";
import { fieldBytes, MessageAssembler } from "../../src/message/message-assembler.ts";

const field = (name: string, value: string): HeaderField =>
  new HeaderField(Buffer.from(name, "latin1"), Buffer.from(value, "latin1"));

test.each([
  [" a", "kept", "X: a\r\n"],
  ["a", "kept", "X:a\r\n"],
  ["\ta", "kept", "X:\ta\r\n"],
  ["", "kept", "X:\r\n"],
  ["  a  ", "kept", "X:  a  \r\n"],
  [" a\n\tb\n c", "kept", "X: a\r\n\tb\r\n c\r\n"],
  ["\n a", "kept", "X:\r\n a\r\n"],
  ["a\r\n b", "kept", "X:a\r\n b\r\n"],
  ["a\rb\n\n\r\n c", "kept", "X:a\rb\r\n\r\n\r\n c\r\n"],
  ["\u00e9", "kept", "X:\u00e9\r\n"],
  ["a", "removed", "X: a\r\n"],
  [" a", "removed", "X:  a\r\n"],
  ["", "removed", "X: \r\n"],
  ["a\n b", "removed", "X: a\r\n b\r\n"],
] as const)("rebuilds a field from %j, leading space %s", (value, leadingSpace, expected) => {
  expect(Buffer.from(fieldBytes(field("X", value), leadingSpace)).toString("latin1")).toBe(
    expected,
  );
});

test("a field that is sent and reported back with its spaces is the same field", () => {
  const value = fc
    .array(fc.string({ unit: fc.constantFrom("a", " ", "\t", "\u00e9", ":") }), { minLength: 1 })
    .map((lines) => lines.join("\r\n "));
  fc.assert(
    fc.property(value, (given) => {
      const sent = headerValueToSend(given, "kept");
      const rebuilt = fieldBytes(new HeaderField(Buffer.from("X"), sent), "kept");
      expect(Buffer.from(rebuilt).toString()).toBe(`X:${given}\r\n`);
    }),
  );
});

describe("MessageAssembler", () => {
  function assembled(use: (assembler: MessageAssembler) => void): string {
    const written: Uint8Array[] = [];
    use(new MessageAssembler({ leadingSpace: "kept" }, (bytes) => written.push(bytes)));
    return Buffer.concat(written).toString();
  }

  test("header, empty line, body", () => {
    const message = assembled((assembler) => {
      assembler.header(field("A", " 1"));
      assembler.header(field("B", " 2\n\t3"));
      assembler.body(Buffer.from("x\r\n"));
      assembler.body(Buffer.from("y\r\n"));
      assembler.end();
    });
    expect(message).toBe("A: 1\r\nB: 2\r\n\t3\r\n\r\nx\r\ny\r\n");
  });

  test("a message without a body has its empty line once", () => {
    expect(assembled((assembler) => (assembler.header(field("A", " 1")), assembler.end()))).toBe(
      "A: 1\r\n\r\n",
    );
  });
});
