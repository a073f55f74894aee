import { describe, expect, test } from "vitest";
import { verify } from "../src/index.ts";
import { defaultHeader, defaultTags, handSign, keysFrom } from "./hand-sign.ts";

const body = "The boat leaves at nine.\r\n";
const tags = `${defaultTags}; l=${body.length}`;

async function first(message: string) {
  const report = await verify(Buffer.from(message), { keys: keysFrom(), now: 1_767_225_600 });
  return report.signatures[0];
}

function signedWith(field: string, h = "from:content-type:content-transfer-encoding"): string {
  const header = field === "" ? defaultHeader : [...defaultHeader, ...field.split("\n")];
  return handSign({ header, h, tags, length: body.length, body });
}

describe("text after l= (RFC 6376 8.2)", () => {
  const appended: readonly (readonly [string, string])[] = [
    ["no type", ""],
    ["text/plain", "Content-Type: text/plain"],
    ["text/plain with a charset", "Content-Type: TEXT/Plain ; charset=utf-8"],
    ["a signed encoding", "Content-Transfer-Encoding: quoted-printable"],
  ];
  test.each(appended)("%s: is told, and passes", async (_, field) => {
    expect(await first(`${signedWith(field)}more\r\n`)).toMatchObject({
      result: "pass",
      code: "pass-partial-body",
      unsignedBodyBytes: 6,
    });
  });

  const replaceable: readonly (readonly [string, string])[] = [
    ["parts", 'Content-Type: multipart/mixed; boundary="b"'],
    ["parts behind a comment", 'Content-Type: (text/plain) multipart/mixed; boundary="b"'],
    ["a message", "Content-Type: message/rfc822"],
    ["HTML", "Content-Type: text/html"],
    ["a type that only begins like text/plain", "Content-Type: text/plainer"],
  ];
  test.each(replaceable)("%s: can hide what was signed", async (_, field) => {
    expect(await first(signedWith(field))).toMatchObject({ result: "pass", code: "pass" });
    expect(await first(`${signedWith(field)}more\r\n`)).toMatchObject({
      result: "policy",
      code: "body-unsigned",
      signature: "match",
      bodyHash: "match",
    });
  });

  const unsigned: readonly (readonly [string, string, "pass" | "policy"])[] = [
    ["boundary swapped", 'Content-Type: multipart/mixed; boundary="evil"', "policy"],
    ["type added", "Content-Type: text/html", "policy"],
    ["encoding added", "Content-Transfer-Encoding: base64", "policy"],
    ["encoding that changes nothing", "Content-Transfer-Encoding: 8bit", "pass"],
    ["plain text as it was", "Content-Type: text/plain", "pass"],
  ];
  test.each(unsigned)("%s and not signed", async (_, field, result) => {
    const signed = signedWith("", "from");
    const altered = `${signed.replace("From:", `${field}\r\nFrom:`)}--evil\r\nmore\r\n`;
    expect(await first(altered)).toMatchObject({ result });
  });

  test("without l= nothing may be appended", async () => {
    expect(await first(`${handSign()}more\r\n`)).toMatchObject({
      result: "fail",
      code: "body-hash-mismatch",
    });
  });
});
