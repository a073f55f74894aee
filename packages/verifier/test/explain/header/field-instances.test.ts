import { expect, test } from "vitest";
import { body, codesOf, codesOfField, explained, header, signed } from "../../support/explained.ts";

test("with z= the exact values", async () => {
  const text = signed({ copyHeaders: true }).replace(
    "Subject: The plan",
    "Subject: Something else entirely",
  );
  const { signatures } = await explained(text);
  expect(signatures[0]?.causes).toEqual([
    expect.objectContaining({
      code: "field-edited",
      field: "subject",
      changes: [
        { received: "Subject: Something else entirely\r\n", signed: "Subject: The plan\r\n" },
      ],
    }),
  ]);
});

const comments = { headers: ["From", "Subject", "Comments+"], oversign: ["From", "Comments"] };

test.each([
  ["one more", "a\r\nComments: b", "a\r\nComments: b\r\nComments: c", "field-added comments"],
  ["the order", "a\r\nComments: b", "b\r\nComments: a", "field-reordered comments"],
])("fields of one name: %s", async (_, before, after, cause) => {
  expect(await codesOfField("Comments", before, after, comments)).toEqual([cause]);
});

test("a field removed whose value can be guessed", async () => {
  const text = signed({}, `${header}MIME-Version: 1.0\r\n\r\n${body}`);
  expect(await codesOf(text.replace("MIME-Version: 1.0\r\n", ""))).toEqual([
    "field-removed mime-version",
  ]);
});

test("the name of a field written in another way, with simple canonicalization", async () => {
  const text = signed({ canonicalization: "simple/simple" });
  expect(await codesOf(text.replace("\nMessage-ID:", "\nMessage-Id:"))).toEqual([
    "field-edited message-id",
  ]);
});
