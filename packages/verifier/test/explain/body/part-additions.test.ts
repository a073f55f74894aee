import { describe, expect, test } from "vitest";
import { codesOfBody } from "../../support/explained.ts";

const type = 'Content-Type: multipart/alternative; boundary="b1"\r\n';
const mail = [
  "--b1",
  "Content-Type: text/plain",
  "",
  "The boat leaves at nine.",
  "--b1",
  "Content-Type: text/html",
  "",
  "<html><body><p>The boat leaves at nine.</p></body></html>",
  "--b1--",
  "",
].join("\r\n");
const footed = mail.replace("nine.\r\n--b1", "nine.\r\n-- \r\nthe crew list\r\n--b1");

describe("text added to the parts of a message", () => {
  test.each([
    ["a footer of the text", footed, "body-appended"],
    [
      "a footer of text and HTML",
      footed.replace("</body>", "<hr>the crew list</body>"),
      "body-appended",
    ],
    [
      "a banner of the text",
      mail.replace("\r\n\r\nThe boat", "\r\n\r\nCAUTION: from outside.\r\nThe boat"),
      "body-edited",
    ],
    ["a banner of the HTML", mail.replace("<body>", "<body><div>CAUTION</div>"), "body-edited"],
  ])("%s", async (_, after, code) => {
    expect(await codesOfBody(mail, after, {}, type)).toEqual([code]);
  });
});
