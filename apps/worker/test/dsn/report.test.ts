import type { Recipient } from "@mailseal/queue";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isAsciiBytes } from "../../src/dsn/mime-encoding.ts";
import type { Notice, RecipientReport } from "../../src/dsn/notice.ts";
import { type Report, report } from "../../src/dsn/report.ts";

function failure(address: string, more: Partial<RecipientReport> = {}): RecipientReport {
  const recipient: Recipient = { address };
  const reply = { code: 550, enhancedCode: "5.1.1", text: "No such user", host: "mx.test" };
  return { recipient, action: "failed", reply, ...more };
}

function reported(
  changes: Partial<Notice> = {},
  returned: Uint8Array = Buffer.from("Subject: Lunch\r\n"),
): Report & { readonly text: string } {
  const notice: Notice = {
    queueId: "Q1",
    envelope: { from: "joe@sender.example" },
    firstSeenMs: 0,
    recipients: [failure("ann@example.net")],
    returned: "headers",
    ...changes,
  };
  const made = report({ hostname: "us.test", notice, nowMs: 1000, expiresMs: 2000, returned });
  return { ...made, text: Buffer.from(made.bytes).toString() };
}

/** RFC 2045 6.7, as any reader has it. */
function decoded(text: string): string {
  const octets = text
    .replaceAll("=\r\n", "")
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  return Buffer.from(octets, "latin1").toString();
}

const utf8Header = Buffer.from("From: Añn <joe@example.com>\r\nSubject: Grüße\r\n");

describe("a report", () => {
  test("of a header that is UTF-8 is ASCII, and needs no SMTPUTF8 on its way", () => {
    const { text, needs } = reported({}, utf8Header);
    expect(needs).toEqual({ ascii: true, asciiHeader: true, utf8Address: false });
    expect(text).toContain(
      "Content-Type: text/rfc822-headers; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable",
    );
    expect(decoded(text)).toContain("Subject: Grüße\r\n");
  });

  test("for a sender with SMTPUTF8 has the types of RFC 6533, encoded", () => {
    const envelope = { from: "joe@sender.example", smtputf8: true };
    const recipients = [failure("añn@example.net")];
    const { text, needs } = reported({ envelope, recipients }, utf8Header);
    expect(needs.ascii && needs.asciiHeader).toBe(true);
    expect(text).toMatch(/^Content-Type: message\/global-delivery-status\r$/m);
    expect(text).toMatch(/^Content-Type: message\/global-headers\r$/m);
    expect(decoded(text)).toContain("Final-Recipient: utf-8; añn@example.net\r\n");
  });

  test("for any other sender writes UTF-8 addresses in ASCII (RFC 6533 3)", () => {
    const reply = { code: 553, text: "Größe", host: "mx.test" };
    const { text } = reported({ recipients: [failure("añn@example.net", { reply })] });
    expect(text).toMatch(/^Content-Type: message\/delivery-status\r$/m);
    expect(text).toContain("Final-Recipient: utf-8; a\\x{F1}n@example.net\r\n");
    expect(text).toContain("Diagnostic-Code: smtp; 553 Gr\\x{F6}\\x{DF}e\r\n");
  });

  test("to a UTF-8 sender needs SMTPUTF8, but not if only the domain is UTF-8", () => {
    const { text, needs } = reported({ envelope: { from: "añn@sender.example" } });
    expect(needs).toMatchObject({ asciiHeader: false, utf8Address: true });
    expect(text).toMatch(/^To: <añn@sender\.example>\r$/m);
    const other = reported({ envelope: { from: "ann@bücher.example" } });
    expect(other.needs.utf8Address).toBe(false);
    expect(other.text).toMatch(/^To: <ann@xn--bcher-kva\.example>\r$/m);
  });

  test("has a diagnostic only if a host replied, and quotes the last reply for an expired message", () => {
    const ours = { code: 451, enhancedCode: "4.4.1", text: "cannot be reached" };
    const theirs = { code: 450, enhancedCode: "4.2.1", text: "Mailbox busy", host: "mx.test" };
    const { text } = reported({
      recipients: [
        failure("ann@example.net", { reply: ours, expired: true }),
        failure("bob@example.net", { reply: theirs, expired: true }),
      ],
    });
    expect(text.match(/^Diagnostic-Code: .*$/gm)).toEqual([
      "Diagnostic-Code: smtp; 450 4.2.1 Mailbox busy",
    ]);
    expect(text.match(/^Status: .*$/gm)).toEqual(["Status: 4.4.7", "Status: 4.4.7"]);
    expect(text).toContain("mx.test said: 450 4.2.1 Mailbox busy");
  });

  test("has lines that SMTP allows, whatever a server replied", () => {
    const reply = { code: 550, text: "\u{1F4A9}\n".repeat(400), host: "mx.test" };
    const { text } = reported({ recipients: [failure("ann@example.net", { reply })] });
    expect(Math.max(...text.split("\r\n").map((line) => line.length))).toBeLessThan(998);
  });

  test("covers failed, delayed and relayed recipients together", () => {
    const { text, action } = reported({
      recipients: [
        failure("ann@example.net", { action: "relayed" }),
        failure("bob@example.net", { action: "delayed" }),
        failure("eve@example.net"),
      ],
    });
    expect(action).toBe("failed");
    expect(text.match(/^Action: .*$/gm)).toEqual([
      "Action: relayed",
      "Action: delayed",
      "Action: failed",
    ]);
    expect(text).toContain("Subject: Undelivered mail returned to sender");
  });

  test("writes the type utf-8 as RFC 6533 3 has it: in ASCII with + = and \\ encoded, otherwise decoded", () => {
    const recipients = [
      {
        ...failure("añn+x@example.net"),
        recipient: {
          address: "añn+x@example.net",
          dsn: { orcpt: "utf-8;a\\x{F1}n\\x{2B}x\\x{D800}@example.net" },
        },
      },
    ];
    const inAscii = reported({ recipients }).text;
    expect(inAscii).toContain("Final-Recipient: utf-8; a\\x{F1}n\\x{2B}x@example.net\r\n");
    expect(inAscii).toContain("Original-Recipient: utf-8;a\\x{F1}n\\x{2B}x\\x{5C}x{D800}@");
    const envelope = { from: "joe@sender.example", smtputf8: true };
    const inUtf8 = decoded(reported({ recipients, envelope }).text);
    expect(inUtf8).toContain("Original-Recipient: utf-8;añn+x\\x{D800}@example.net\r\n");
  });

  test("has a status of the class that its action has, without leading zeros (RFC 3464 2.3.4)", () => {
    const said = (code: number, enhancedCode?: string): RecipientReport["reply"] => ({
      code,
      text: "x",
      ...(enhancedCode === undefined ? {} : { enhancedCode }),
    });
    const { text } = reported({
      recipients: [
        failure("a@x.test", { reply: said(550, "5.01.001") }),
        failure("b@x.test", { reply: said(550, "2.1.5") }),
        failure("c@x.test", { reply: said(354), action: "delayed" }),
        failure("d@x.test", { reply: said(450, "5.7.1"), action: "delayed" }),
        failure("e@x.test", { reply: said(250, "5.0.0"), action: "relayed" }),
        failure("f@x.test", { reply: said(550, "4.7.1") }),
      ],
    });
    expect(text.match(/(?<=^Status: )[\d.]+/gm)).toEqual([
      "5.1.1",
      "5.1.5",
      "4.0.0",
      "4.7.1",
      "2.0.0",
      "4.7.1",
    ]);
  });

  test("has lines that SMTP allows, whatever ENVID and ORCPT the sender chose", () => {
    const envelope = { from: "joe@sender.example", envid: "e".repeat(3000) };
    const { text } = reported({ envelope, recipients: [failure(`${"a".repeat(2000)}@x.test`)] });
    expect(Math.max(...text.split("\r\n").map((line) => line.length))).toBeLessThan(998);
  });

  test("encodes an ASCII header that SMTP would not allow unchanged", () => {
    for (const hostile of [`Subject: ${"x".repeat(2000)}`, "Subject: a\0b", "Subject: a\nb\rc"]) {
      const { text } = reported({}, Buffer.from(`${hostile}\r\n`));
      expect(text).not.toContain(hostile);
      expect(decoded(text)).toContain(`${hostile}\r\n`);
    }
  });

  test("has a boundary that nobody can predict", () => {
    const boundary = (): string | undefined => /boundary="(.*)"/.exec(reported().text)?.[1];
    expect(boundary()).not.toBe(boundary());
    expect(boundary()?.length).toBeLessThanOrEqual(70);
  });

  test("of any header is ASCII with lines that SMTP allows, and is complete", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), fc.boolean(), (returned, smtputf8) => {
        const { bytes, text } = reported({ envelope: { from: "a@b", smtputf8 } }, returned);
        const isEncoded = !isAsciiBytes(returned);
        expect(isAsciiBytes(bytes)).toBe(true);
        const part = text.slice(text.lastIndexOf("Content-Type:"));
        if (isEncoded)
          expect(Math.max(...part.split("\r\n").map((line) => line.length))).toBeLessThan(100);
        expect(text.endsWith("/mailseal--\r\n")).toBe(true);
      }),
    );
  });
});
