import { signMessage } from "@mailseal/signer";
import { formatFields } from "@mailseal/syntax";
import { describe, expect, test } from "vitest";
import type { MailContext } from "../../src/index.ts";
import {
  bytesOf,
  context,
  envelope,
  key,
  mail,
  nowMs,
  open,
  received,
  stored,
} from "../support/mail.ts";

const signing = { selector: "s1", keyText: key.toPem() };
const submitted = context({ submitter: true });
/** A day of two digits. */
const date = `Date: ${new Date(nowMs).toUTCString().replace("GMT", "+0000")}\r\n`;

async function process(text: string | Uint8Array, of: MailContext = submitted, settings = {}) {
  const { pipeline } = await open({ signing: { ...signing, ...settings } });
  const message = stored(text);
  const processed = await pipeline.process(message, envelope, of);
  return {
    message,
    processed,
    added: formatFields(processed.prepend).replace(/^DKIM-Signature:[^]*?\r\n(?!\s)/, ""),
  };
}

describe("Date and Message-ID (RFC 6409 8)", () => {
  test("that a submitted message lacks are added and signed", async () => {
    const { message, processed, added } = await process(mail("a@example.com"));
    expect(added).toMatch(
      new RegExp(
        `^${date.replace("+", "\\+")}Message-ID: <[\\da-z]+\\.[\\da-f]{24}@example\\.com>\r\n$`,
      ),
    );
    const [signature] = (await received(message, processed)).signatures;
    expect(signature).toMatchObject({ result: "pass" });
    expect(signature?.signedFields).toEqual(expect.arrayContaining(["date", "message-id"]));
    expect((await bytesOf(message, processed)).toString()).toContain(added + mail("a@example.com"));
  });

  test.each([
    ["a Date", ["DATE : yesterday"], /^Message-ID: \S+\r\n$/],
    ["a Message-ID", ["Message-Id:\r\n <1@example.com>"], /^Date: [^\r]+\r\n$/],
    ["both", ["Date: x", "Message-ID: <1@a.test>"], /^$/],
  ])("are not added where the message has %s", async (_, fields, added) => {
    expect((await process(mail("a@example.com", fields))).added).toMatch(added);
  });

  test.each<[string, MailContext, Record<string, unknown>, boolean]>([
    ["a client that may not submit", context(), {}, false],
    ["any client, with always", context(), { addMissingFields: "always" }, true],
    ["nobody, with never", submitted, { addMissingFields: "never" }, false],
    ["mail that is not signed", submitted, { sign: false }, false],
    [
      "mail that the front end has passed on unsigned",
      { ...submitted, unsigned: "sender-not-owned" },
      {},
      false,
    ],
  ])("%s", async (_, of, settings, isAdded) => {
    const { processed } = await process(mail("a@example.com"), of, settings);
    expect(formatFields(processed.prepend).includes("Message-ID: ")).toBe(isAdded);
  });

  test.each([
    ["goes itself", "example.com", true, /^Date: .*\r\nMessage-ID: .*\r\n$/, ["s1"]],
    ["stays, as it is another's", "list.example", true, /^$/, ["s1", "old"]],
    ["stays", "example.com", false, /^$/, ["s1", "old"]],
  ])("if an old signature forbids it that %s", async (_, domain, remove, expected, selectors) => {
    const options = {
      domain,
      selector: "old",
      key,
      fields: "strict",
      timestamp: nowMs / 1000,
    } as const;
    const signed = signMessage(Buffer.from(mail("a@example.com")), options);
    const settings = { removeOldSignatures: remove };
    const { message, processed, added } = await process(signed, submitted, settings);
    expect(added).toMatch(expected);
    const { signatures } = await received(message, processed);
    expect(signatures[0]?.result).toBe("pass");
    expect(signatures.map(({ selector }) => selector)).toEqual(selectors);
  });

  test("are the same at each attempt, on any host, whatever the time", async () => {
    const of = { ...submitted, receivedMs: nowMs - 5000 };
    const first = await process(mail("a@example.com"), of);
    const { pipeline } = await open(
      { hostname: "other.test", signing },
      { clock: { nowMs: () => nowMs + 3_600_000, elapsedNs: () => 0 } },
    );
    const later = await pipeline.process(first.message, { ...envelope, recipients: [] }, of);
    expect(formatFields(later.prepend).endsWith(first.added)).toBe(true);
    expect(first.added).not.toContain(date);
    const other = await process(mail("a@example.com"), { ...of, queueId: "Q2" });
    expect(other.added).not.toBe(first.added);
  });

  test("name the host only if the message names no domain", async () => {
    const { processed } = await process(mail("nobody"), submitted, { domain: "example.com" });
    expect(formatFields(processed.prepend)).toMatch(/^Message-ID: <.*@mx\.example\.org>\r$/m);
  });

  test("are not added to a message whose signature says that there are none", async () => {
    const options = {
      domain: "esp.example",
      selector: "s1",
      key,
      fields: "strict",
      timestamp: nowMs / 1000,
    } as const;
    const signed = signMessage(Buffer.from(mail("a@example.com")), options);
    const { message, processed, added } = await process(signed);
    expect(added).toBe("");
    const { signatures } = await received(message, processed);
    expect(signatures.map(({ result }) => result)).toEqual(["pass", "pass"]);
  });
});
