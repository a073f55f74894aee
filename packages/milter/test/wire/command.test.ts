import { strings, uint32 } from "@mailseal/testkit/milter-mta";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HeaderField } from "../../src/message/header-field.ts";
import { readCommand } from "../../src/wire/command.ts";

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "latin1"));

function read(letter: string, payload: string | Uint8Array): unknown {
  return readCommand({
    kind: "packet",
    command: letter.charCodeAt(0),
    payload: typeof payload === "string" ? bytes(payload) : new Uint8Array(payload),
  });
}

const address = (text: string, plain: string, parameters: readonly string[] = []): unknown => ({
  address: plain,
  bytes: bytes(text),
  parameters,
});

test.each<[string, string, string | Uint8Array, unknown]>([
  [
    "OPTNEG",
    "O",
    uint32(6, 0x1ff, 0x1fffff),
    { kind: "negotiate", version: 6, actions: 0x1ff, protocol: 0x1fffff },
  ],
  [
    "OPTNEG of a later version, with more",
    "O",
    uint32(7, 1, 0x8000_0000, 9),
    { kind: "negotiate", version: 7, actions: 1, protocol: 0x8000_0000 },
  ],
  ["MACRO", "D", "Mi\0abc\0", { kind: "macros", command: "M", pairs: bytes("i\0abc\0") }],
  ["MACRO without any", "D", "C", { kind: "macros", command: "C", pairs: bytes("") }],
  [
    "CONNECT over IPv4",
    "C",
    "host.example\u00004\u0019\u0001192.0.2.1\0",
    {
      kind: "connect",
      client: { family: "inet", hostname: "host.example", address: "192.0.2.1", port: 0x1901 },
    },
  ],
  [
    "CONNECT over IPv6 as Sendmail writes it",
    "C",
    "[x]\u00006\0\0IPv6:2001:db8::1\0",
    {
      kind: "connect",
      client: { family: "inet6", hostname: "[x]", address: "2001:db8::1", port: 0 },
    },
  ],
  [
    "CONNECT over a unix socket",
    "C",
    "localhost\0L\0\0/run/x\0",
    { kind: "connect", client: { family: "unix", hostname: "localhost", path: "/run/x" } },
  ],
  [
    "CONNECT, unknown",
    "C",
    "unknown\0U",
    { kind: "connect", client: { family: "unknown", hostname: "unknown" } },
  ],
  ["HELO", "H", "mx.example\0", { kind: "helo", name: "mx.example" }],
  [
    "MAIL",
    "M",
    strings("<a@example.com>", "SIZE=100", "BODY=8BITMIME"),
    {
      kind: "mailFrom",
      sender: address("<a@example.com>", "a@example.com", ["SIZE=100", "BODY=8BITMIME"]),
    },
  ],
  ["MAIL from nobody", "M", "<>\0", { kind: "mailFrom", sender: address("<>", "") }],
  ["RCPT", "R", "<b@x>\0", { kind: "rcptTo", recipient: address("<b@x>", "b@x") }],
  ["RCPT without brackets", "R", "b@x\0", { kind: "rcptTo", recipient: address("b@x", "b@x") }],
  ["DATA", "T", "", { kind: "data" }],
  [
    "HEADER",
    "L",
    strings("Subject", " a\n\tb"),
    { kind: "header", field: new HeaderField(bytes("Subject"), bytes(" a\n\tb")) },
  ],
  [
    "HEADER without value",
    "L",
    strings("X", ""),
    { kind: "header", field: new HeaderField(bytes("X"), bytes("")) },
  ],
  ["EOH", "N", "", { kind: "endOfHeaders" }],
  ["BODY", "B", "a\0b\r\n", { kind: "body", chunk: bytes("a\0b\r\n") }],
  ["EOM", "E", "", { kind: "endOfMessage", chunk: bytes("") }],
  ["EOM with the last of the body", "E", "z", { kind: "endOfMessage", chunk: bytes("z") }],
  ["ABORT", "A", "", { kind: "abort" }],
  ["QUIT", "Q", "", { kind: "quit" }],
  ["QUIT_NC", "K", "", { kind: "quitNewConnection" }],
  ["UNKNOWN", "U", "FOO bar\0", { kind: "unknown", command: "FOO bar" }],
])("reads %s", (_name, letter, payload, expected) => {
  expect(read(letter, payload)).toEqual(expected);
});

test.each([
  ["a letter that is none", "Z", "", "0x5a"],
  ["a short OPTNEG", "O", "12345678901", "three numbers"],
  ["MACRO without a letter", "D", "", "the letter"],
  ["CONNECT without a name's end", "C", "host", "ends with NUL"],
  ["CONNECT of another family", "C", "host\u00009", "U, L, 4 or 6"],
  ["CONNECT without family", "C", "host\0", "U, L, 4 or 6"],
  ["CONNECT without address", "C", "host\u00004\0\0", "a port and an address"],
  ["HELO without end", "H", "x", "ends with NUL"],
  ["MAIL without anything", "M", "", "an address"],
  ["MAIL without end", "M", "<a>\0SIZE=1", "an address"],
  ["HEADER without value", "L", "Subject\0", "a name and a value"],
  ["HEADER without end", "L", "Subject\0x", "a name and a value"],
  ["HEADER with three texts", "L", "a\0b\0c\0", "a name and a value"],
])("does not read %s", (_name, letter, payload, reason) => {
  expect(read(letter, payload)).toEqual({
    kind: "malformed",
    reason: expect.stringContaining(reason),
  });
});

describe("any packet", () => {
  test("is read without a throw", () => {
    fc.assert(
      fc.property(fc.nat(255), fc.uint8Array({ maxLength: 100 }), (command, payload) => {
        expect(readCommand({ kind: "packet", command, payload }).kind).toBeTypeOf("string");
      }),
    );
  });
});

test("texts of octets that are no UTF-8 keep their bytes", () => {
  const field = new HeaderField(bytes("X-\u00e9"), bytes(" \u00e9\u0000"));
  expect(field.name).toBe("X-\u00e9");
  expect(field.value).toBe(" \ufffd\0");
  expect(new HeaderField(bytes("X"), Buffer.from(" \u{1f600}")).value).toBe(" \u{1f600}");
});
