import { describe, expect, test } from "vitest";
import { codesOfBody } from "../../support/explained.ts";

const type = 'Content-Type: multipart/mixed; boundary="b1"\r\n';
const part = "--b1\r\nContent-Type: text/plain\r\n\r\nThe boat leaves at nine.\r\n";
const mail = `${part}${part.replace("nine", "ten")}--b1--\r\n`;

describe("the structure of MIME parts (RFC 2046 5.1)", () => {
  test.each<[string, (body: string) => string, string]>([
    ["another boundary in the body", (body) => body.replaceAll("--b1", "--b2"), "body-edited"],
    ["another preamble", (body) => `This is a multi-part message.\r\n${body}`, "body-edited"],
    [
      "a part added",
      (body) => body.replace("--b1--", `${part.replace("nine", "six")}--b1--`),
      "body-edited",
    ],
    ["the closing line cut off", (body) => body.replace("--b1--\r\n", ""), "body-truncated"],
  ])("%s", async (_, change, code) => {
    expect(await codesOfBody(mail, change(mail), {}, type)).toEqual([code]);
  });
});
