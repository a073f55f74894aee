import { describe, expect, test } from "vitest";
import { partlyRewrittenBodies } from "../../../src/explain/body/partial-rewrites.ts";
import { codesOfBody } from "../../support/explained.ts";

const simple = { canonicalization: "relaxed/simple" } as const;
const text = "One. Two. Three.\r\nFour.  Five.\r\nSix seven eight.\r\n";

describe("a change in some places of the body only", () => {
  test.each<[string, (body: string) => string, string]>([
    ["a space doubled", (body) => body.replace("One. ", "One.  "), "body-whitespace"],
    ["the last line ending", (body) => body.replace(/\r\n$/, "\n"), "body-line-endings"],
    ["a line broken", (body) => body.replace("seven ", "seven\r\n"), "body-edited"],
    ["two lines joined", (body) => body.replace("Three.\r\n", "Three. "), "body-edited"],
  ])("%s", async (_, change, code) => {
    expect(await codesOfBody(text, change(text), simple)).toEqual([code]);
  });

  test("few places are tried in every choice of them, many one by one and from both ends", () => {
    const few = [...partlyRewrittenBodies("a\tb\tc\r\n")].map(({ body }) => body);
    expect(few).toContain("a b c\r\n");
    expect(few).toContain("a b\tc\r\n");
    const many = "\t\r\n".repeat(500);
    expect([...partlyRewrittenBodies(many)].every(({ body }) => body.length > 0)).toBe(true);
  });
});
