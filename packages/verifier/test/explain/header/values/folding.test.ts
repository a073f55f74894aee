import { describe, expect, test } from "vitest";
import { codesOfField } from "../../../support/explained.ts";

const simple = { canonicalization: "simple/simple" } as const;
const long = "a plan for the boat, the crew, and everybody who comes late and has to swim after it";

describe("a field that was folded in another way (RFC 5322 2.2.3)", () => {
  test.each([
    ["unfolded", long.replace("crew, ", "crew,\r\n "), long],
    [
      "folded with a tab",
      long.replace("crew, ", "crew,\r\n "),
      long.replace("crew, ", "crew,\r\n\t"),
    ],
    [
      "folded at another place",
      long.replace("crew, ", "crew,\r\n "),
      long.replace("late ", "late\r\n "),
    ],
    ["white space in it changed", "The plan", "The  plan"],
  ])("%s", async (_, before, after) => {
    expect(await codesOfField("Subject", before, after, simple)).toEqual([
      "field-refolded subject",
    ]);
  });

  test("passes with relaxed canonicalization", async () => {
    expect(await codesOfField("Subject", long, long.replace("crew, ", "crew,\r\n "))).toEqual([]);
  });
});
