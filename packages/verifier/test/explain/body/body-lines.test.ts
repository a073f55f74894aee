import { describe, expect, test } from "vitest";
import { linesOf } from "../../../src/explain/body/body-lines.ts";
import { codesOfBody, explained, header, signed } from "../../support/explained.ts";

const text = "One.\r\nTwo.\r\nThree.\r\n";

describe("lines added", () => {
  test("at the end: their number and what they say", async () => {
    const message = signed({}, `${header}\r\n${text}`);
    const { signatures } = await explained(`${message}-- \r\nthe crew list\r\n`);
    expect(signatures[0]?.causes).toEqual([
      expect.objectContaining({
        code: "body-appended",
        detail: "2 lines were added at the end of the body",
        changes: [{ received: "-- \r\nthe crew list\r\n" }],
      }),
    ]);
  });

  test.each([
    ["at the beginning", `CAUTION\r\n${text}`],
    ["in the middle", text.replace("Two.", "CAUTION\r\nTwo.")],
  ])("%s", async (_, after) => {
    expect(await codesOfBody(text, after)).toEqual(["body-edited"]);
  });
});

test.each([
  ["", []],
  ["a", ["a"]],
  ["a\r\n", ["a\r\n"]],
  ["a\nb\r\n\r\nc\r", ["a\nb\r\n", "\r\n", "c\r"]],
])("the lines of %j", (body, lines) => {
  expect(linesOf(body)).toEqual(lines);
});
