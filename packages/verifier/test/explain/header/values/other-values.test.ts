import { describe, expect, test } from "vitest";
import { codesOfField } from "../../../support/explained.ts";

describe("other fields", () => {
  test.each([
    ["MIME-Version", "1.0", "1.0 (by a gateway)"],
    ["Content-Transfer-Encoding", "7bit", "8bit"],
    ["Message-ID", "<1@example.com>", "1@example.com"],
    ["Message-ID", "<1@example.com>", "<2@example.net>\r\nX-Original-Message-ID: <1@example.com>"],
  ])("%s: %s became %s", async (name, before, after) => {
    expect(await codesOfField(name, before, after)).toEqual([`field-edited ${name.toLowerCase()}`]);
  });
});
