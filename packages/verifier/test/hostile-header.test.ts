import { worstCaseKeyName, worstCases } from "@mailseal/testkit";
import { describe, expect, test } from "vitest";
import { verify } from "../src/index.ts";
import { defaultHeader, handSign, keysFrom, recordOf, rsaKey } from "./hand-sign.ts";

const now = 1_767_225_600;

async function first(message: string | Uint8Array) {
  const report = await verify(Buffer.from(message), { keys: keysFrom(), now });
  return report.signatures[0];
}

const lastSignedField = "Cc: cc@example.net\r\n";
const signed = handSign({
  header: [
    ...defaultHeader,
    "Reply-To: ada@example.com",
    "Sender: ada@example.com",
    "Message-ID: <1@example.com>",
    "Content-Type: text/plain",
    "Content-Transfer-Encoding: 7bit",
    lastSignedField.trimEnd(),
  ],
  h: "from:to:subject:date:reply-to:sender:message-id:content-type:content-transfer-encoding:cc",
});

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
    expect(await first(signed)).toMatchObject({ result: "pass" });
  });
  test.each(names)("%s on top of the message", async (name) => {
    expect(await first(`${name}: evil@example.net\r\n${signed}`)).toMatchObject({
      result: "policy",
      code: name === "From" ? "several-from" : "duplicate-field",
      signature: "match",
      trusted: false,
    });
  });
  test.each(names)("%s between signature and signed field", async (name) => {
    const message = signed.replace("From:", `${name}: evil@example.net\r\nFrom:`);
    expect(await first(message)).toMatchObject({ result: "policy" });
  });
  test.each(names)("%s below the signed one", async (name) => {
    const message = signed.replace(
      lastSignedField,
      `${lastSignedField}${name}: evil@example.net\r\n`,
    );
    expect(await first(message)).toMatchObject({ result: "fail", code: "signature-mismatch" });
  });
});

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
    expect(await first(signed.replace("From:", `${lines}\r\nFrom:`))).toMatchObject({
      result: "policy",
      code: "malformed-header",
      signature: "match",
    });
  });
  test("an mbox line below what was added is nothing of the kind", async () => {
    const message = signed.replace("From:", "From ada Tue Nov 24 09:30:00 2026\r\nFrom:");
    expect(await first(message)).toMatchObject({ result: "pass" });
  });
  test("white space before the first field", async () => {
    expect(await first(` From: evil@example.net\r\n${signed}`)).toMatchObject({
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
    expect(await first(`${lines}\r\n${signed}`)).toMatchObject({ result: "pass" });
  });

  test("a bare LF cannot hide a field", async () => {
    const message = handSign({ h: "from:to" }).replace(
      "Date:",
      "X: a\nFrom: evil@example.net\r\nDate:",
    );
    expect((await first(message))?.result).not.toBe("pass");
  });
  test("From with white space before the colon is a From", async () => {
    const message = handSign().replace("From:", "From : evil@example.net\r\nFrom:");
    expect(await first(message)).toMatchObject({ result: "policy", code: "several-from" });
  });
});

describe("octets and names", () => {
  test("fields named like prototypes are fields like any", async () => {
    const header = [...defaultHeader, "__proto__: a", "constructor: b"];
    const message = handSign({ header, h: "from:__proto__:constructor:hasownproperty" });
    expect(await first(message)).toMatchObject({ result: "pass" });
    expect(await first(message.replace("__proto__: a", "__proto__: c"))).toMatchObject({
      result: "fail",
    });
  });
  test("a NUL or control byte is content of its value, and never part of a name", async () => {
    const header = [...defaultHeader, "X-Odd: a\0b\u0001c"];
    const message = handSign({ header, h: "from:x-odd" });
    expect(await first(message)).toMatchObject({ result: "pass" });
    expect(await first(message.replace("\0", ""))).toMatchObject({ result: "fail" });
    const name = handSign({ h: "from:to" }).replace("To:", "T\0o:");
    expect(await first(name)).toMatchObject({ result: "fail", code: "signature-mismatch" });
  });
  test("a signature names others, never itself (RFC 6376 5.4)", async () => {
    expect(await first(handSign({ h: "from:dkim-signature" }))).toMatchObject({ result: "pass" });
  });
});

describe("a megabyte of it", () => {
  const size = 1 << 20;
  test.each(worstCases)("$name: a report, and no pass", async ({ build }) => {
    const keys = keysFrom({ [worstCaseKeyName]: [recordOf(rsaKey)] });
    const report = await verify(build(size), { keys, now });
    expect(report.signatures.every(({ result }) => result !== "pass")).toBe(true);
  });

  const fills: readonly (readonly [string, string])[] = [
    ["folding", "\r\n "],
    ["blanks", " "],
    ["tabs", "\t"],
    ["parentheses", "("],
  ];
  test.each(fills)("%s in a signed field is signed like any", async (_, fill) => {
    const header = [...defaultHeader, `X-Long: a${fill.repeat(size / fill.length)}b`];
    const message = handSign({ header, h: "from:x-long" });
    expect(await first(message)).toMatchObject({ result: "pass" });
    expect(await first(message.replace(/b(?=\r\n\r\n)/, "c"))).toMatchObject({
      result: "fail",
      bodyHash: "match",
    });
  });
  test.each([
    ["blank lines", "\r\n"],
    ["blanks", " "],
    ["lines of blanks", " \t\r\n"],
  ])("%s in the body count where text follows", async (_, fill) => {
    const body = `a\r\n${fill.repeat(size / fill.length)}`;
    const message = handSign({ body });
    expect(await first(message)).toMatchObject({ result: "pass" });
    expect(await first(`${message}b\r\n`)).toMatchObject({ result: "fail", signature: "match" });
  });
});
