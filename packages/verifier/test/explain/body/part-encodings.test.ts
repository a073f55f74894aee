import { describe, expect, test } from "vitest";
import { codesOfBody } from "../../support/explained.ts";

const text =
  "Sch\u00c3\u00b6ne Gr\u00c3\u00bc\u00c3\u009fe aus dem Hafen, das Boot f\u00c3\u00a4hrt um neun.\r\n";
const printable = text.replace(
  /[\x80-\xff]/g,
  (octet) => `=${octet.charCodeAt(0).toString(16).toUpperCase()}`,
);
const inParts = (encoding: string, content: string): string =>
  `--b1\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${content}\r\n--b1--\r\n`;
const type = 'Content-Type: multipart/mixed; boundary="b1"\r\n';

describe("parts that were encoded or converted on the way (RFC 2045 6)", () => {
  test.each([
    ["8bit to quoted-printable", inParts("8bit", text), inParts("quoted-printable", printable)],
    ["quoted-printable to 8bit", inParts("quoted-printable", printable), inParts("8bit", text)],
    [
      "8bit to base64",
      inParts("8bit", text),
      inParts("base64", Buffer.from(text, "latin1").toString("base64").replace(/.{76}/g, "$&\r\n")),
    ],
  ])("%s", async (_, before, after) => {
    expect(await codesOfBody(before, after, {}, type)).toEqual(["body-reencoded"]);
  });
});
