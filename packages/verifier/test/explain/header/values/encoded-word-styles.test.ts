import { describe, expect, test } from "vitest";
import { writtenWords } from "../../../../src/explain/header/values/encoded-word-styles.ts";
import { codesOfField } from "../../../support/explained.ts";

const b = "=?utf-8?B?R3LDvMOfZSBhdXMgZGVtIEhhZmVu?=";

describe("encoded words (RFC 2047) that were written anew", () => {
  test.each([
    ["from B to Q", b, "=?utf-8?Q?Gr=C3=BC=C3=9Fe_aus_dem_Hafen?="],
    ["the charset in capitals", b, "=?UTF-8?B?R3LDvMOfZSBhdXMgZGVtIEhhZmVu?="],
    ["decoded to UTF-8", b, "Gr\u00c3\u00bc\u00c3\u009fe aus dem Hafen"],
    ["in another charset", "=?iso-8859-1?Q?Gr=FC=DFe?=", "=?utf-8?Q?Gr=C3=BC=C3=9Fe?="],
  ])("%s", async (_, before, after) => {
    expect(await codesOfField("Subject", before, after)).toEqual(["field-refolded subject"]);
  });

  test("the style that stands comes first, and no word is longer than its line", () => {
    const [first, ...others] = writtenWords("Grüße aus dem Hafen", b, "Subject".length);
    expect(first).toBe(` ${b}`);
    for (const text of others.slice(0, 50)) {
      expect(text).toMatch(/=\?[^?]+\?[BbQq]\?[^?]*\?=/);
    }
  });
});
