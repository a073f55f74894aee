import { describe, expect, test } from "vitest";
import { codesOfField } from "../../../support/explained.ts";

describe("a From that a mailing list rewrote", () => {
  test.each([
    [
      "author in Reply-To",
      "Ada <ada@example.com>",
      "Ada via crew <crew@lists.example.net>\r\nX-Original-From: Ada <ada@example.com>",
    ],
    [
      "address in the name",
      '"Ada" <ada@example.com>',
      '"Ada (ada@example.com)" <crew@lists.example.net>',
    ],
    [
      "address in the local part",
      '"Ada" <ada@example.com>',
      '"Ada" <ada=example.com@lists.example.net>',
    ],
  ])("%s", async (_, before, after) => {
    expect(await codesOfField("From", before, after)).toEqual(["field-edited from"]);
  });
});
