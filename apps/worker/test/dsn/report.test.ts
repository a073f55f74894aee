import { describe, expect, test } from "vitest";
import { decoded, failure, reported, utf8Header } from "./reported.ts";

describe("a report", () => {
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

  test("has lines that SMTP allows, whatever ENVID and ORCPT the sender chose", () => {
    const envelope = { from: "joe@sender.example", envid: "e".repeat(3000) };
    const { text } = reported({ envelope, recipients: [failure(`${"a".repeat(2000)}@x.test`)] });
    expect(Math.max(...text.split("\r\n").map((line) => line.length))).toBeLessThan(998);
  });

  test("has a boundary that nobody can predict", () => {
    const boundary = (): string | undefined => /boundary="(.*)"/.exec(reported().text)?.[1];
    expect(boundary()).not.toBe(boundary());
    expect(boundary()?.length).toBeLessThanOrEqual(70);
  });
});
