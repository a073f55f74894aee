import { describe, expect, test } from "vitest";
import { handSign, signedThroughout } from "./support/hand-sign.ts";
import { verdictOf } from "./support/verdict-of.ts";

describe("a header that programs read in different ways", () => {
  const malformed: readonly (readonly [string, string])[] = [
    ["a NUL in its name", "Fr\0om: evil@example.net"],
    ["a NUL after its name", "From\0: evil@example.net"],
    ["a control byte in its name", "Sub\u0001ject: evil"],
    ["a no-break space after its name", "From\u00a0: evil@example.net"],
    ["a byte order mark before its name", "\ufeffFrom: evil@example.net"],
    ["a bare CR before it", "X-Note: a\rFrom: evil@example.net"],
    ["a bare CR and a space before it", "X-Note: a\r Reply-To: evil@example.net"],
    ["a bare CR in what is no field", "note\rFrom: evil@example.net"],
    ["a bare LF before it", "X-Note: a\nX-Other: b"],
    [
      "a bare LF behind a hundred malformed lines",
      `${"?\r\n".repeat(99)}?\r\nX-Note: a\nX-Other: b`,
    ],
    ["a line without a colon", "please pay to another account"],
    ["a line with a space before its colon", "Please note: the account is another"],
    ["a name beyond ASCII", "gr\u00fc\u00dfe: an alle"],
    ["an escaped mbox line that is not on top", ">From ada Tue Nov 24 09:30:00 2026"],
    ["a hundred malformed lines before it", `${"?\r\n".repeat(150)}Fr\0om: evil@example.net`],
  ];
  test.each(malformed)("%s", async (_, lines) => {
    expect(await verdictOf(signedThroughout.replace("From:", `${lines}\r\nFrom:`))).toMatchObject({
      result: "policy",
      code: "malformed-header",
      signature: "match",
    });
  });
  test("an mbox line below what was added is nothing of the kind", async () => {
    const message = signedThroughout.replace("From:", "From ada Tue Nov 24 09:30:00 2026\r\nFrom:");
    expect(await verdictOf(message)).toMatchObject({ result: "pass" });
  });
  test("white space before the first field", async () => {
    expect(await verdictOf(` From: evil@example.net\r\n${signedThroughout}`)).toMatchObject({
      result: "policy",
      code: "malformed-header",
    });
  });

  const harmless: readonly (readonly [string, string])[] = [
    ["an mbox line", "From ada Tue Nov 24 09:30:00 2026"],
    ["an escaped mbox line", ">From ada Tue Nov 24 09:30:00 2026"],
    ["a bare CR in a value", "X-Note: a\rb\rc: d"],
    ["a line of white space within a field", "X-Note: a\r\n \r\n b"],
    ["a name in the fold of a value", "X-Note: a\r\n From: evil@example.net"],
  ];
  test.each(harmless)("%s is nothing of the kind", async (_, lines) => {
    expect(await verdictOf(`${lines}\r\n${signedThroughout}`)).toMatchObject({ result: "pass" });
  });

  test("a bare LF cannot hide a field", async () => {
    const message = handSign({ h: "from:to" }).replace(
      "Date:",
      "X: a\nFrom: evil@example.net\r\nDate:",
    );
    expect((await verdictOf(message))?.result).not.toBe("pass");
  });
  test("From with white space before the colon is a From", async () => {
    const message = handSign().replace("From:", "From : evil@example.net\r\nFrom:");
    expect(await verdictOf(message)).toMatchObject({ result: "policy", code: "several-from" });
  });
});
