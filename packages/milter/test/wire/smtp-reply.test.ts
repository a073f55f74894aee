import { describe, expect, test } from "vitest";
import { smtpReply, type SmtpReplyText } from "../../src/wire/smtp-reply.ts";

describe("smtpReply", () => {
  test.each<[SmtpReplyText, string]>([
    [{ code: 451, text: "Later" }, "451 Later"],
    [{ code: 550, enhancedCode: "5.7.509", text: "No" }, "550 5.7.509 No"],
    [
      { code: 550, enhancedCode: "5.7.1", text: ["No,", "", "really"] },
      "550-5.7.1 No,\r\n550-5.7.1 \r\n550 5.7.1 really",
    ],
    [{ code: 421, enhancedCode: "4.3.2", text: "5 lines" }, "421 4.3.2 5 lines"],
  ])("%j", (given, text) => {
    expect(smtpReply(given)).toMatchObject({ text, permanent: given.code >= 500 });
  });

  test.each<[SmtpReplyText, string]>([
    [{ code: 250, text: "Ok" }, "a code from 400 to 599"],
    [{ code: 600, text: "" }, "a code from 400 to 599"],
    [{ code: 450.5, text: "" }, "a code from 400 to 599"],
    [{ code: 550, enhancedCode: "4.7.1", text: "" }, "of the class of 550"],
    [{ code: 550, enhancedCode: "5.7", text: "" }, "RFC 3463"],
    [{ code: 550, enhancedCode: "5.7.1000", text: "" }, "RFC 3463"],
    [{ code: 550, enhancedCode: "5.7.1\r\n250 x", text: "" }, "RFC 3463"],
    [{ code: 550, text: "a\r\n250 Ok" }, "printable ASCII"],
    [{ code: 550, text: "\u00e9" }, "printable ASCII"],
    [{ code: 550, text: "a\0" }, "printable ASCII"],
    [{ code: 550, text: "5 lines" }, "begins with no digit"],
    [{ code: 550, text: [] }, "one to 32 lines"],
    [{ code: 550, text: Array.from({ length: 33 }, () => "x") }, "one to 32 lines"],
    [{ code: 550, text: "x".repeat(507) }, "at most 510 octets"],
  ])("refuses %j", (given, expected) => {
    expect(() => smtpReply(given)).toThrow(
      expect.objectContaining({
        code: "bad-reply",
        message: expect.stringMatching(new RegExp(`^[ -~]*${expected}[ -~]*$`)),
      }),
    );
  });
});
