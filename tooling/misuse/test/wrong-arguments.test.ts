import * as canonicalization from "@mailseal/canonicalization";
import * as crypto from "@mailseal/crypto";
import * as dnsRecord from "@mailseal/dns-record";
import { MailsealError } from "@mailseal/errors";
import * as milter from "@mailseal/milter";
import * as syntax from "@mailseal/syntax";
import { describe, expect, test } from "vitest";

/** Values that JavaScript passes for text, bytes or a message. */
const wrong: readonly (readonly [string, unknown])[] = [
  ["nothing", undefined],
  ["null", null],
  ["a number", 7],
  ["an object", {}],
  ["a list", [7]],
  ["a function", () => 7],
];
const text: readonly (readonly [string, unknown])[] = [["text", "From: ada@example.com\r\n\r\n"]];
const bytes: readonly (readonly [string, unknown])[] = [["bytes", Buffer.from("v=DKIM1; p=")]];

type Parser = (first: never, ...others: never[]) => unknown;
type Case = readonly [name: string, parse: Parser, ...others: unknown[]];

const { HeaderReader, MessageReader, CrlfFixer } = syntax;
const listener = { onHeader() {}, onBody() {} };
const hashing = { canonicalization: "relaxed", hash: "sha256" } as const;

const ofText: readonly Case[] = [
  ["syntax parseAddressList", syntax.parseAddressList],
  ["syntax parseAuthenticationResults", syntax.parseAuthenticationResults],
  ["syntax parseArcAuthenticationResults", syntax.parseArcAuthenticationResults],
  ["syntax parseSignature", syntax.parseSignature],
  ["syntax parseTagList", syntax.parseTagList],
  ["syntax toAsciiDomain", syntax.toAsciiDomain],
  ["syntax toUnicodeDomain", syntax.toUnicodeDomain],
  ["syntax isSameOrSubdomain", syntax.isSameOrSubdomain, "example.com"],
  ["syntax selectorInRecordName", syntax.selectorInRecordName],
  ["syntax decodeBase64", syntax.decodeBase64],
  ["syntax decodeQuotedPrintable", syntax.decodeQuotedPrintable],
  ["dns-record parseKeyRecord", dnsRecord.parseKeyRecord],
  ["dns-record parseServerAddress", dnsRecord.parseServerAddress],
  ["dns-record parseZone", dnsRecord.parseZone],
  ["dns-record readZone", dnsRecord.readZone],
];
const ofBytes: readonly Case[] = [
  ["syntax splitMessage", syntax.splitMessage],
  ["syntax HeaderReader.push", (it: never) => new HeaderReader().push(it)],
  ["syntax MessageReader.write", (it: never) => new MessageReader(listener).write(it)],
  ["syntax CrlfFixer.push", (it: never) => new CrlfFixer().push(it)],
  ["syntax toCrlf", syntax.toCrlf],
  ["syntax countLineEndings", syntax.countLineEndings],
  ["syntax encodeBase64", syntax.encodeBase64],
  ["canonicalization hashBody", canonicalization.hashBody, hashing],
  [
    "canonicalization BodyHasher.write",
    (it: never) => new canonicalization.BodyHasher(hashing).write(it),
  ],
  ["canonicalization canonicalizeBody", canonicalization.canonicalizeBody, "relaxed"],
];
const ofEither: readonly Case[] = [
  ["syntax messageBytes", syntax.messageBytes],
  ["crypto loadPrivateKey", crypto.loadPrivateKey],
  ["crypto loadPublicKey", crypto.loadPublicKey],
];
const ofMessage: readonly Case[] = [
  ["syntax fromMailboxes", syntax.fromMailboxes],
  ["syntax senderMailboxes", syntax.senderMailboxes],
  ["syntax isAutomaticMail", syntax.isAutomaticMail],
];
const cases: readonly (readonly [Case, readonly (readonly [string, unknown])[]])[] = [
  ...ofText.map((each) => [each, [...wrong, ...bytes]] as const),
  ...ofBytes.map((each) => [each, [...wrong, ...text]] as const),
  ...ofEither.map((each) => [each, wrong] as const),
  ...ofMessage.map((each) => [each, [...wrong, ...text, ...bytes]] as const),
];

describe("a parser refuses what is not text, bytes or a message, and names its parameter", () => {
  test.each(cases)("%j", ([name, parse, ...others], values) => {
    for (const [what, value] of values) {
      let error: unknown = `accepted ${what}`;
      try {
        (parse as (...given: readonly unknown[]) => unknown)(value, ...others);
      } catch (thrown) {
        error = thrown;
      }
      expect(error, `${name} of ${what}`).toBeInstanceOf(MailsealError);
      expect((error as MailsealError).message, `${name} of ${what}`).toMatch(
        /^[a-z]\w*: expected [^,].*, got \S/,
      );
    }
  });
});

test("the milter's reply refuses a code that is no text", () => {
  const { smtpReply } = milter as unknown as {
    smtpReply: (...given: readonly unknown[]) => unknown;
  };
  expect(() => smtpReply(550, "5.7.1", "no")).toThrow(MailsealError);
});
