import { describe, expect, test } from "vitest";
import { codesOf, header, signed } from "../../support/explained.ts";

describe("canonicalization", () => {
  test("c= was altered", async () => {
    for (const [from, to] of [
      ["relaxed/relaxed", "simple/simple"],
      ["simple/simple", "relaxed/relaxed"],
      ["relaxed/simple", "relaxed/relaxed"],
    ] as const) {
      const text = signed({ canonicalization: from }, `${header}\r\na  b \r\n`).replace(
        `c=${from}`,
        `c=${to}`,
      );
      expect(await codesOf(text)).toEqual(["wrong-canonicalization dkim-signature"]);
    }
  });
});
