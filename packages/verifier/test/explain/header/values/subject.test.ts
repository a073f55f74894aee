import { describe, expect, test } from "vitest";
import { codesOfField } from "../../../support/explained.ts";

describe("a Subject with a tag", () => {
  test.each([
    ["of a list", "The plan", "[crew] The plan"],
    ["of a spam filter", "The plan", "***SPAM*** The plan"],
    ["in braces", "The plan", "{Spam?} The plan"],
    ["with a colon", "The plan", "EXT: The plan"],
    ["at the end", "The plan", "The plan [SUSPECTED SPAM]"],
    ["of a list and of a filter", "The plan", "[EXTERNAL] [crew] The plan"],
    ["encoded anew with it", "=?utf-8?B?R3LDvMOfZQ==?=", "=?utf-8?B?W2NyZXddIEdyw7zDn2U=?="],
  ])("%s", async (_, before, after) => {
    expect(await codesOfField("Subject", before, after)).toEqual(["field-edited subject"]);
  });
});
