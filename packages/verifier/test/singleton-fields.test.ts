import { describe, expect, test } from "vitest";
import { lastSignedField, signedThroughout } from "./support/hand-sign.ts";
import { verdictOf } from "./support/verdict-of.ts";

describe("a further field beside the signed one (RFC 6376 8.15)", () => {
  const names = [
    "From",
    "Subject",
    "Reply-To",
    "To",
    "Cc",
    "Date",
    "Sender",
    "Message-ID",
    "Content-Type",
    "Content-Transfer-Encoding",
    "SUBJECT",
    "Subject ",
    "reply-to\t",
  ];
  test("the message without it passes", async () => {
    expect(await verdictOf(signedThroughout)).toMatchObject({ result: "pass" });
  });
  test.each(names)("%s on top of the message", async (name) => {
    expect(await verdictOf(`${name}: evil@example.net\r\n${signedThroughout}`)).toMatchObject({
      result: "policy",
      code: name === "From" ? "several-from" : "duplicate-field",
      signature: "match",
      trusted: false,
    });
  });
  test.each(names)("%s between signature and signed field", async (name) => {
    const message = signedThroughout.replace("From:", `${name}: evil@example.net\r\nFrom:`);
    expect(await verdictOf(message)).toMatchObject({ result: "policy" });
  });
  test.each(names)("%s below the signed one", async (name) => {
    const message = signedThroughout.replace(
      lastSignedField,
      `${lastSignedField}${name}: evil@example.net\r\n`,
    );
    expect(await verdictOf(message)).toMatchObject({ result: "fail", code: "signature-mismatch" });
  });
});
