import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RecipientTable } from "../../src/files/recipient-table.ts";

describe("RecipientTable reads Postfix's text tables", () => {
  const table = RecipientTable.parse(
    [
      "# relay_recipients",
      "",
      "Ann@Example.com   OK",
      "bob@example.com\tbob,",
      "  bobby",
      '"a b"@example.com OK',
      "@example.net      OK",
      "bücher.example    OK",
      "   # a comment that begins with white space",
      "eve@example.com",
    ].join("\n"),
  );

  test.each([
    "ann@example.com",
    "ANN@EXAMPLE.COM",
    "bob@example.com",
    '"a b"@example.com',
    "anybody@example.net",
    "any@xn--bcher-kva.example",
    "any@bücher.example",
    "eve@example.com",
  ])("%s is known", (address) => expect(table.has(address)).toBe(true));

  test.each([
    "nobody@example.com",
    "bobby@example.com",
    "ann@sub.example.net",
    "example.net",
    "ann+x@example.com",
    "#@example.com",
    "",
    "@",
  ])("%j is not", (address) => expect(table.has(address)).toBe(false));

  test("extensions count where the delimiter is named", () => {
    expect(table.has("ann+news@example.com", "+")).toBe(true);
    expect(table.has("nobody+ann@example.com", "+")).toBe(false);
    expect(table.has("+ann@example.com", "+")).toBe(false);
  });

  test("any text has an answer, and what it has is found", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, address) => {
        expect(RecipientTable.parse(text).has(address)).toBeTypeOf("boolean");
      }),
    );
  });
});
