import { describe, expect, test } from "vitest";
import {
  mailCommand,
  recipientCommand,
  unsupportedRecipient,
  unsupportedSender,
} from "../../src/next-hop/envelope-commands.ts";

describe("envelope commands", () => {
  const all = new Map([
    ["SIZE", "1000"],
    ["8BITMIME", ""],
    ["SMTPUTF8", ""],
    ["DSN", ""],
  ]);
  const mail = {
    from: "a@b",
    sizeBytes: 10,
    eightBit: true,
    smtpUtf8: true,
    ret: "full" as const,
    envid: "x y",
  };

  test("have only parameters that the next hop supports", () => {
    expect(mailCommand(all, mail)).toBe(
      "MAIL FROM:<a@b> SIZE=4106 BODY=8BITMIME SMTPUTF8 RET=FULL ENVID=x+20y",
    );
    expect(mailCommand(new Map(), mail)).toBe("MAIL FROM:<a@b>");
    const recipient = {
      address: "c@d",
      dsn: { notify: ["never" as const], orcpt: "rfc822;c+d=e@f" },
    };
    expect(recipientCommand(all, recipient)).toBe(
      "RCPT TO:<c@d> NOTIFY=NEVER ORCPT=rfc822;c+2Bd+3De@f",
    );
    expect(recipientCommand(new Map(), recipient)).toBe("RCPT TO:<c@d>");
  });

  test("pass on an ORCPT of the type utf-8 in 8 bits if the next hop supports that, else in its 7-bit form (RFC 6533 3)", () => {
    const recipient = { address: "añn@d", dsn: { orcpt: "utf-8;añn+x@d" } };
    expect(recipientCommand(all, recipient)).toBe("RCPT TO:<añn@d> ORCPT=utf-8;añn\\x{2B}x@d");
    const seven = "RCPT TO:<b@d> ORCPT=utf-8;a\\x{F1}n@d";
    const octets = Buffer.from("utf-8;añn@d").toString("latin1");
    for (const orcpt of ["utf-8;añn@d", octets, "utf-8;a\\x{F1}n@d"]) {
      expect(recipientCommand(new Map([["DSN", ""]]), { address: "b@d", dsn: { orcpt } })).toBe(
        seven,
      );
    }
  });

  test("are not sent for mail that the next hop does not support", () => {
    const small = new Map([["SIZE", "5"]]);
    expect(unsupportedSender(small, mail)).toMatchObject({ code: 552 });
    expect(unsupportedSender(new Map(), { ...mail, from: "é@d" })).toMatchObject({ code: 553 });
    expect(unsupportedRecipient(new Map(), { address: "é@d" })).toMatchObject({ code: 553 });
    expect(unsupportedRecipient(all, { address: "é@d" })).toBeUndefined();
    expect(unsupportedRecipient(new Map(), { address: "e@bücher.example" })).toBeUndefined();
  });

  test("have domains in A-labels, and SMTPUTF8 if the sender's local part needs it", () => {
    const plain = { from: "e@bücher.example", eightBit: false, smtpUtf8: false };
    expect(mailCommand(all, plain)).toBe("MAIL FROM:<e@xn--bcher-kva.example>");
    expect(mailCommand(all, { ...plain, from: "é@bücher.example" })).toBe(
      "MAIL FROM:<é@xn--bcher-kva.example> SMTPUTF8",
    );
    expect(recipientCommand(all, { address: "é@bücher.example" })).toBe(
      "RCPT TO:<é@xn--bcher-kva.example>",
    );
  });
});
