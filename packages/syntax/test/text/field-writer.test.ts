import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FieldWriter } from "../../src/text/field-writer.ts";

function columnsOf(text: string): number[] {
  return text.split(/\r?\n/).map((line) => line.length);
}

test("a list breaks after its colons, and no line is wider than the width (property)", () => {
  const items = fc.array(fc.stringMatching(/^[a-z]{1,30}$/), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(items, fc.integer({ min: 40, max: 120 }), (names, width) => {
      const writer = new FieldWriter("DKIM-Signature: v=1", { width });
      writer.listTag("h=", names);
      expect(Math.max(...columnsOf(writer.text))).toBeLessThanOrEqual(width);
      const unfolded = writer.text.replaceAll(/\r\n /g, " ").replaceAll(/: (?=[a-z])/g, ":");
      expect(unfolded.replace("Signature:v", "Signature: v")).toBe(
        `DKIM-Signature: v=1; h=${names.join(":")}`,
      );
    }),
  );
});

test("a breakable value breaks anywhere but within =XX (property)", () => {
  const value = fc
    .array(fc.constantFrom("a", "Bc", "=3B", "=FF"), { maxLength: 120 })
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(value, (text) => {
      const writer = new FieldWriter("X: v=1", { width: 40 });
      writer.breakableTag("z=", text);
      expect(Math.max(...columnsOf(writer.text))).toBeLessThanOrEqual(40);
      expect(writer.text.replaceAll(/\r\n /g, "").replaceAll(" ", "")).toBe(`X:v=1;z=${text}`);
      const [, written = ""] = writer.text.split("z=");
      for (const line of written.split("\r\n ")) expect(line).not.toMatch(/=[0-9A-F]?$/);
    }),
  );
});

describe("words", () => {
  test("go to the next line if this one has no room, and never break", () => {
    const writer = new FieldWriter("X:", { width: 40, lineEnding: "\n" });
    for (const word of ["a".repeat(30), "b".repeat(30), "c"]) writer.word(word);
    expect(writer.text).toBe(`X: ${"a".repeat(30)}\n ${"b".repeat(30)} c`);
  });

  test("count in octets if they are not ASCII", () => {
    const writer = new FieldWriter("X:", { width: 40 });
    writer.word("\u00e9".repeat(15), 30);
    writer.word("\u00e9".repeat(5), 10);
    expect(writer.text).toContain("\r\n ");
  });
});

describe("limits", () => {
  test.each([39, 999, 76.5])("a width of %s is refused", (width) => {
    expect(() => new FieldWriter("", { width })).toThrow(
      expect.objectContaining({ code: "invalid-option" }),
    );
  });

  test("a piece that no line can hold is refused", () => {
    expect(() => new FieldWriter("X:").word("a".repeat(998))).toThrow(
      expect.objectContaining({ code: "invalid-option" }),
    );
  });
});
