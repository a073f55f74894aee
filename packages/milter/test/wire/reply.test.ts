import { packet, strings, uint32 } from "@mailseal/testkit/milter-mta";
import { describe, expect, test } from "vitest";
import { encodeReply, type Reply } from "../../src/wire/reply.ts";
import { smtpReply, type SmtpReplyText } from "../../src/wire/smtp-reply.ts";

test.each<[Reply, Uint8Array]>([
  [{ kind: "continue" }, packet("c")],
  [{ kind: "accept" }, packet("a")],
  [{ kind: "reject" }, packet("r")],
  [{ kind: "tempfail" }, packet("t")],
  [{ kind: "discard" }, packet("d")],
  [{ kind: "skip" }, packet("s")],
  [{ kind: "progress" }, packet("p")],
  [{ kind: "connection-failure" }, packet("f")],
  [{ kind: "shutdown" }, packet("4")],
  [
    { kind: "negotiate", version: 6, actions: 1, protocol: 0x8000_0001, macros: [] },
    packet("O", uint32(6, 1, 0x8000_0001)),
  ],
  [
    {
      kind: "negotiate",
      version: 6,
      actions: 0x100,
      protocol: 0,
      macros: [
        { stage: 0, names: "j {x}" },
        { stage: 5, names: "i" },
      ],
    },
    packet("O", uint32(6, 0x100, 0, 0), "j {x}\0", uint32(5), "i\0"),
  ],
  [
    smtpReply({ code: 550, enhancedCode: "5.7.1", text: "100% no" }),
    packet("y", "550 5.7.1 100%% no\0"),
  ],
  [{ kind: "addHeader", name: "A", value: " b" }, packet("h", strings("A", " b"))],
  [
    { kind: "insertHeader", index: 1, name: "A", value: Buffer.from(" b\n\tc") },
    packet("i", uint32(1), strings("A", " b\n\tc")),
  ],
  [
    { kind: "changeHeader", occurrence: 2, name: "A", value: "" },
    packet("m", uint32(2), strings("A", "")),
  ],
  [{ kind: "changeSender", address: "<a@b>", parameters: [] }, packet("e", strings("<a@b>"))],
  [
    { kind: "changeSender", address: "<a@b>", parameters: ["SIZE=1", "RET=FULL"] },
    packet("e", strings("<a@b>", "SIZE=1 RET=FULL")),
  ],
  [{ kind: "addRecipient", address: "<a@b>" }, packet("+", strings("<a@b>"))],
  [
    { kind: "addRecipientWithParameters", address: "<a@b>", parameters: ["NOTIFY=NEVER"] },
    packet("2", strings("<a@b>", "NOTIFY=NEVER")),
  ],
  [{ kind: "deleteRecipient", address: "<a@b>" }, packet("-", strings("<a@b>"))],
  [{ kind: "replaceBody", chunk: Buffer.from("x\0y") }, packet("b", "x\0y")],
  [{ kind: "quarantine", reason: "held" }, packet("q", "held\0")],
])("encodes %j", (reply, expected) => {
  expect(Buffer.from(encodeReply(reply)).equals(expected)).toBe(true);
});

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
