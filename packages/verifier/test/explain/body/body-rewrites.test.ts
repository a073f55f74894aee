import { describe, expect, test } from "vitest";
import { bodyRewrites } from "../../../src/explain/body/body-rewrites.ts";
import { codesOfBody } from "../../support/explained.ts";

const simple = { canonicalization: "relaxed/simple" } as const;
const text = [
  "The boat leaves at nine.  Whoever comes late, swims:",
  "\tfive miles, and the water is cold.",
  "From the harbour it is not far.",
  ".hidden",
  "-- ",
  "Ada",
  "",
].join("\r\n");

describe("a change all over the body", () => {
  test.each<[string, (body: string) => string, string]>([
    ["blank lines at the end", (body) => `${body} \r\n\t\r\n`, "body-trailing-blank-lines"],
    ["bare LF", (body) => body.replaceAll("\r\n", "\n"), "body-line-endings"],
    ["bare CR", (body) => body.replaceAll("\r\n", "\r"), "body-line-endings"],
    ["CR CR LF", (body) => body.replaceAll("\r\n", "\r\r\n"), "body-line-endings"],
    ["a space at the end of lines", (body) => body.replaceAll("\r\n", " \r\n"), "body-whitespace"],
    ["every space doubled", (body) => body.replaceAll(" ", "  "), "body-whitespace"],
    ["tabs to eight spaces", (body) => body.replaceAll("\t", " ".repeat(8)), "body-whitespace"],
    ['the space of "-- "', (body) => body.replace("-- ", "--"), "body-whitespace"],
    ["dots doubled", (body) => body.replace(/^\./gm, ".."), "body-edited"],
    ['"From " escaped', (body) => body.replace(/^From /gm, ">From "), "body-edited"],
  ])("%s", async (_, change, code) => {
    expect(await codesOfBody(text, change(text), simple)).toEqual([code]);
  });

  test("lines wrapped at 72 columns", async () => {
    const long = `${"the boat leaves at nine and whoever comes late swims ".repeat(4).trim()}\r\n`;
    const wrapped = long.replace(/(.{1,72})(?: |(?=\r\n))/g, (_, line: string) => `${line}\r\n`);
    expect(await codesOfBody(long, wrapped.replace(/\r\n\r\n$/, "\r\n"), simple)).toEqual([
      "body-edited",
    ]);
  });

  test("undoing what was not done gives the same text", () => {
    for (const { undo, detail } of bodyRewrites.filter(({ code }) => code === "body-edited")) {
      expect([detail, undo("One line.\r\nAnother.\r\n")]).toEqual([
        detail,
        "One line.\r\nAnother.\r\n",
      ]);
    }
  });
});
