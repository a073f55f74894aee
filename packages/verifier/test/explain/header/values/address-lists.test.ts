import { describe, expect, test } from "vitest";
import { codesOfField } from "../../../support/explained.ts";

describe("an address list that a program wrote again", () => {
  test.each([
    ["quotes removed", '"Bob Bay" <bob@example.net>', "Bob Bay <bob@example.net>"],
    ["quotes added", "Bob Bay <bob@example.net>", '"Bob Bay" <bob@example.net>'],
    [
      "angle brackets added",
      "bob@example.net, zoe@example.net",
      "<bob@example.net>, <zoe@example.net>",
    ],
    ["angle brackets removed", "<bob@example.net>", "bob@example.net"],
    ["the address repeated as the name", "bob@example.net", "bob@example.net <bob@example.net>"],
    ["a name that stood in a comment", "bob@example.net (Bob Bay)", '"Bob Bay" <bob@example.net>'],
    ["spaces after commas removed", "a@example.net, b@example.net", "a@example.net,b@example.net"],
    [
      "only one of two rewritten",
      '"Bob" <bob@example.net>, "Zoe" <zoe@example.net>',
      'Bob <bob@example.net>, "Zoe" <zoe@example.net>',
    ],
    ["the case of a domain", "Bob <bob@example.net>", "Bob <bob@Example.NET>"],
  ])("%s", async (_, before, after) => {
    expect(await codesOfField("To", before, after)).toEqual(["field-edited to"]);
  });
});
