import { describe, expect, test } from "vitest";
import { codesOf, codesOfField, signed } from "../../support/explained.ts";

const fields = ["from", "to", "subject", "date", "message-id"];

describe("several fields at once", () => {
  test.each<[string, (header: string) => string, string]>([
    [
      "every name in lower case",
      (text) => text.replace(/^[A-Z][\w-]*(?=: )/gm, (name) => name.toLowerCase()),
      "field-edited",
    ],
    [
      "two spaces after every colon",
      (text) => text.replace(/^([\w-]+): /gm, "$1:  "),
      "field-refolded",
    ],
  ])("%s", async (_, change, code) => {
    const text = signed({ canonicalization: "simple/relaxed" });
    const own = text.indexOf("From:");
    const end = text.indexOf("\r\n\r\n");
    const altered = text.slice(0, own) + change(text.slice(own, end)) + text.slice(end);
    expect((await codesOf(altered)).toSorted()).toEqual(
      fields.map((field) => `${code} ${field}`).toSorted(),
    );
  });

  test("the fields of a mailing list added, which were oversigned", async () => {
    const options = { oversign: ["From", "Sender", "List-Id", "Precedence"] };
    const added =
      "The plan\r\nSender: crew@lists.example.net\r\nList-Id: <crew.lists.example.net>\r\nPrecedence: list";
    const codes = await codesOfField("Subject", "The plan", added, options);
    expect(codes.toSorted()).toEqual([
      "field-added list-id",
      "field-added precedence",
      "field-added sender",
    ]);
  });
});
