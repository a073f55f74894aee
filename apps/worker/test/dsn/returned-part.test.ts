import type { Lease } from "@mailseal/queue";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isAsciiBytes } from "../../src/dsn/mime-encoding.ts";
import { headerOf, returnedPart } from "../../src/dsn/returned-part.ts";
import { mailTo, openTestQueue } from "../worker-under-test.ts";
import { decoded, reported, utf8Header } from "./reported.ts";

async function leaseOf(message: string): Promise<Lease> {
  const queue = await openTestQueue();
  await queue.add(mailTo(["ann@example.net"]), Buffer.from(message));
  const [lease] = await queue.take(1);
  if (lease === undefined) throw new Error("expected a message in the queue");
  return lease;
}

const field = `X-Long: ${"a".repeat(90)}\r\n`;

test.each([
  ["up to its blank line", "Subject: x\r\nTo: y\r\n\r\nbody\r\n\r\n", "Subject: x\r\nTo: y\r\n"],
  ["that has no body", "Subject: x\r\n", "Subject: x\r\n"],
  ["that is empty", "\r\nbody\r\n\r\nmore\r\n", ""],
  [
    "that is too long, cut at the end of a line",
    `${field.repeat(1000)}\r\nbody`,
    field.repeat(327),
  ],
  ["that is one long line, cut", "a".repeat(100_000), "a".repeat(32_768)],
])("the header is returned: one %s", async (_, message, header) => {
  expect(Buffer.from(await headerOf(await leaseOf(message))).toString()).toBe(header);
});

test.each([
  ["ASCII", "ascii", "Subject: x\r\n\r\nbody\r\n", "message/rfc822\r\n\r\nSubject: x"],
  [
    "with an 8-bit body",
    "ascii",
    "Subject: x\r\n\r\nGrüße\r\n",
    "message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n\r\nSubject: x",
  ],
  [
    "with a UTF-8 header, to a UTF-8 sender",
    "unicode",
    "Subject: ü\r\n\r\nbody\r\n",
    "message/global",
  ],
  [
    "with a UTF-8 header, to any other sender",
    "ascii",
    "Subject: ü\r\n\r\nbody\r\n",
    "text/rfc822-headers; charset=utf-8",
  ],
] as const)("a whole message %s has the type that RFC 6532 allows", (_, writing, message, type) => {
  const part = Buffer.from(returnedPart("full", Buffer.from(message), writing)).toString();
  expect(part.startsWith(`Content-Type: ${type}`)).toBe(true);
  // The body of a message is not returned if only its header is.
  expect(/body|Grüße/.test(part)).toBe(!type.startsWith("text/"));
});

test("an ASCII header that SMTP does not allow is encoded", () => {
  for (const hostile of [`Subject: ${"x".repeat(2000)}`, "Subject: a\0b", "Subject: a\nb\rc"]) {
    const { text } = reported({}, Buffer.from(`${hostile}\r\n`));
    expect(text).not.toContain(hostile);
    expect(decoded(text)).toContain(`${hostile}\r\n`);
  }
});

test("a report of any header is ASCII with lines that SMTP allows, and is complete", () => {
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

test("a report of a UTF-8 header is ASCII, and needs no SMTPUTF8 on its way", () => {
  const { text, needs } = reported({}, utf8Header);
  expect(needs).toEqual({ ascii: true, asciiHeader: true, utf8Address: false });
  expect(text).toContain(
    "Content-Type: text/rfc822-headers; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable",
  );
  expect(decoded(text)).toContain("Subject: Grüße\r\n");
});
