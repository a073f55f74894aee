import type { Alteration } from "./alteration.ts";
import type { Mail } from "./mail.ts";

/** Changes to the lines of a body, whatever their content. */
function lines(
  name: string,
  causes: readonly string[],
  change: (body: string) => string,
): Alteration {
  return {
    name,
    causes,
    alter: (mail: Mail) => {
      const body = change(mail.body);
      return body === mail.body ? undefined : mail.withBody(body);
    },
  };
}

const appended = ["body-appended"];
const blank = ["body-trailing-blank-lines"];
const whitespace = ["body-whitespace"];
const endings = ["body-line-endings"];
const edited = ["body-edited"];

export const bodyTextAlterations: readonly Alteration[] = [
  lines(
    "Mailman's footer below the body",
    appended,
    (body) =>
      `${body}_______________________________________________\r\nCrew mailing list -- crew@lists.example.net\r\nTo unsubscribe send an email to crew-leave@lists.example.net\r\n`,
  ),
  lines(
    "an antivirus gateway's line below the body",
    appended,
    (body) => `${body}\r\n\r\nThis e-mail was scanned for viruses.\r\nhttp://av.example/ \r\n`,
  ),
  lines(
    "a legal notice of sixty lines below the body",
    appended,
    (body) => `${body}${"This message is confidential and may be privileged.\r\n".repeat(60)}`,
  ),
  lines("a footer that ends without a line ending", appended, (body) => `${body}-- \r\nlist`),
  lines("an epilogue that says nothing", [...appended, ...edited], (body) =>
    body.startsWith("--") || body.includes("\r\n--") ? `${body}\r\nend of message\r\n` : body,
  ),
  lines("the second half is cut off", ["body-truncated", "body-edited"], (body) =>
    body.slice(0, Math.floor(body.length / 2)),
  ),
  lines("the last line is cut off", ["body-truncated", "body-edited"], (body) =>
    body.replace(/[^\r\n]+\r\n$/, ""),
  ),
  lines("cut off at 1,000 octets", ["body-truncated", "body-edited"], (body) =>
    body.slice(0, 1000),
  ),
  lines(
    "blank lines of white space and of none at the end",
    blank,
    (body) => `${body} \r\n\r\n\t\r\n`,
  ),
  lines("a line of white space at the end", blank, (body) => `${body}  \t\r\n`),
  lines("white space at the ends of some lines", whitespace, (body) =>
    body.replace(/(?<=[a-z])(,)\r\n/g, "$1 \r\n"),
  ),
  lines("a space at the end of every line", whitespace, (body) => body.replaceAll("\r\n", " \r\n")),
  lines("the white space at line ends is removed", whitespace, (body) =>
    body.replace(/[ \t]+\r\n/g, "\r\n"),
  ),
  lines("every space doubled", whitespace, (body) => body.replaceAll(" ", "  ")),
  lines("some spaces doubled", whitespace, (body) =>
    body.replace(/(?<=[,.;]) (?=[a-zA-Z])/g, "  "),
  ),
  lines("runs of spaces become one", whitespace, (body) => body.replace(/ {2,}/g, " ")),
  lines("tabs become eight spaces", whitespace, (body) => body.replaceAll("\t", "        ")),
  lines("tabs become four spaces", whitespace, (body) => body.replaceAll("\t", "    ")),
  lines("tabs become one space", whitespace, (body) => body.replaceAll("\t", " ")),
  lines("tabs expanded to columns of eight", whitespace, (body) =>
    body
      .split("\r\n")
      .map((line) => {
        let text = "";
        for (const character of line) {
          text += character === "\t" ? " ".repeat(8 - (text.length % 8)) : character;
        }
        return text;
      })
      .join("\r\n"),
  ),
  lines("eight spaces become a tab", whitespace, (body) => body.replaceAll("        ", "\t")),
  lines("every CR removed within the body", endings, (body) => body.replaceAll("\r\n", "\n")),
  lines("every LF removed within the body", endings, (body) => body.replaceAll("\r\n", "\r")),
  lines("CRLF becomes CR CR LF", endings, (body) => body.replaceAll("\r\n", "\r\r\n")),
  lines("the last lines have a bare LF", endings, (body) => {
    const half = body.length - 60;
    return body.slice(0, half) + body.slice(half).replaceAll("\r\n", "\n");
  }),
  lines("the final line ending is a bare LF", endings, (body) => body.replace(/\r\n$/, "\n")),
  lines("dots at line beginnings doubled", edited, (body) => body.replace(/^\./gm, "..")),
  lines("double dots at line beginnings reduced", edited, (body) => body.replace(/^\.\./gm, ".")),
  lines("a dot at line beginnings removed", edited, (body) => body.replace(/^\.(?=.)/gm, "")),
  lines('"From " escaped as mbox does', edited, (body) => body.replace(/^From /gm, ">From ")),
  lines('"From " escaped with a space', [...edited, ...whitespace], (body) =>
    body.replace(/^From /gm, " From "),
  ),
  lines("a word is changed", edited, (body) => body.replace(/\bnine|neun\b/, "noon")),
  lines("a warning is put above the text", edited, (body) =>
    body.startsWith("--")
      ? body
      : `CAUTION: This email originated from outside the organisation.\r\n\r\n${body}`,
  ),
  lines("long lines are wrapped at 78 columns", [...edited, ...whitespace], (body) =>
    body.replace(/^(?!.*=$)(.{40,77}) (?=.{10})/gm, "$1\r\n"),
  ),
];
