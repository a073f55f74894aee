import fc from "fast-check";
import { expect, test } from "vitest";
import { fieldNameAt, fieldNameIn } from "../../src/message/field-name.ts";

const letters = fc.constantFrom("a", "A", "b", "-", "\u00e9", "_", "x".repeat(45));
const name = fc.array(letters, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(""));

test("a name is as written, with its key in lower case, whatever names came before (property)", () => {
  fc.assert(
    fc.property(fc.array(name), (names) => {
      for (const text of names) {
        const expected = { name: text, key: text.toLowerCase() };
        const line = `x${text}: y`;
        expect(fieldNameAt(Buffer.from(line, "latin1"), 1, 1 + text.length)).toEqual(expected);
        expect(fieldNameIn(line, 1, 1 + text.length)).toEqual(expected);
      }
    }),
  );
});

test("a name in h= becomes the string of the header, and a header keeps the string of an earlier one", () => {
  const header = Buffer.from("List-Unsubscribe: x");
  const first = fieldNameAt(header, 0, 16);
  expect(fieldNameAt(Buffer.from("List-Unsubscribe: y"), 0, 16)).toBe(first);
  expect(fieldNameIn("from:List-Unsubscribe", 5, 21)).toBe(first);
  // Another spelling is another name.
  expect(fieldNameIn("list-unsubscribe", 0, 16)).toEqual({
    name: "list-unsubscribe",
    key: "list-unsubscribe",
  });
});
