import type { Alteration } from "./alteration.ts";
import type { Mail } from "./mail.ts";
import { boundaryOf, encodingOf, isHtml, isText, mapLeaves, type Part } from "./parts.ts";
import { printableAsPerl, readTransfer } from "./wire-encodings.ts";

const textFooter = "\r\n-- \r\nYou get this because you are on the crew list.\r\n";
const htmlFooter =
  '<hr><p style="font-size:small">You get this because you are on the <a href="https://lists.example.net/crew">crew list</a>.</p>';

/** As disclaimers are put: below the text, and in HTML before its end. */
function footed(part: Part, footer: string): Part {
  const encoding = encodingOf(part);
  const content = readTransfer(part.content, encoding);
  const at = isHtml(part) ? content.toLowerCase().lastIndexOf("</body>") : content.length;
  const end = at < 0 ? content.length : at;
  const added = content.slice(0, end) + footer + content.slice(end);
  if (encoding === "quoted-printable") {
    return { ...part, content: printableAsPerl(added) };
  }
  return encoding === "base64" ? part : { ...part, content: added };
}

function inParts(
  mail: Mail,
  footer: (part: Part, index: number) => string | undefined,
): Mail | undefined {
  if (boundaryOf(mail) === undefined) {
    return undefined;
  }
  let index = 0;
  const changed = mapLeaves(mail, (part) => {
    const text = isText(part) ? footer(part, index++) : undefined;
    return text === undefined ? part : footed(part, text);
  });
  return changed.body === mail.body ? undefined : changed;
}

function body(mail: Mail, change: (body: string, boundary: string) => string): Mail | undefined {
  const boundary = boundaryOf(mail);
  const changed = boundary === undefined ? mail.body : change(mail.body, boundary);
  return changed === mail.body ? undefined : mail.withBody(changed);
}

const appended = ["body-appended"];
const edited = ["body-edited"];

export const bodyStructureAlterations: readonly Alteration[] = [
  {
    name: "a footer in the plain text part",
    causes: appended,
    alter: (mail) => inParts(mail, (part) => (isHtml(part) ? undefined : textFooter)),
  },
  {
    name: "a footer in the HTML part",
    causes: appended,
    alter: (mail) => inParts(mail, (part) => (isHtml(part) ? htmlFooter : undefined)),
  },
  {
    name: "a footer in every text part",
    causes: appended,
    alter: (mail) => inParts(mail, (part) => (isHtml(part) ? htmlFooter : textFooter)),
  },
  {
    name: "a footer of several lines in every text part",
    causes: appended,
    alter: (mail) =>
      inParts(mail, (part) =>
        isHtml(part)
          ? `<br>\r\n<div>\r\n<p>Confidential. If you are not the recipient, delete this.</p>\r\n<p>Harbour Ltd., Quay 7</p>\r\n</div>\r\n`
          : `\r\n____________________\r\nConfidential. If you are not the recipient, delete this.\r\n\r\nHarbour Ltd., Quay 7`,
      ),
  },
  {
    name: "the list's footer as a further part",
    causes: ["body-edited", "body-appended"],
    alter: (mail) =>
      body(mail, (text, boundary) =>
        text.replace(
          `--${boundary}--`,
          `--${boundary}\r\nContent-Type: text/plain; charset="us-ascii"\r\nMIME-Version: 1.0\r\nContent-Transfer-Encoding: 7bit\r\nContent-Disposition: inline\r\n\r\n${textFooter}\r\n--${boundary}--`,
        ),
      ),
  },
  {
    name: "the preamble is removed",
    causes: edited,
    alter: (mail) => body(mail, (text, boundary) => text.slice(text.indexOf(`--${boundary}`))),
  },
  {
    name: "a preamble is put above the parts",
    causes: edited,
    alter: (mail) =>
      body(
        mail,
        (text, boundary) =>
          `This is a multi-part message in MIME format...\r\n\r\n${text.slice(text.indexOf(`--${boundary}`))}`,
      ),
  },
  {
    name: "the boundary is another in the body",
    causes: edited,
    alter: (mail) =>
      body(mail, (text, boundary) => text.replaceAll(`--${boundary}`, "--_b1_5d1c77a0")),
  },
  {
    name: "the boundary is another in body and header",
    causes: [...edited, "field-edited content-type"],
    signing: { copyHeaders: true },
    alter: (mail) => {
      const boundary = boundaryOf(mail);
      return boundary === undefined
        ? undefined
        : body(mail, (text) => text.replaceAll(`--${boundary}`, "--_b1_5d1c77a0"))?.set(
            "Content-Type",
            (value) => value.replace(boundary, "_b1_5d1c77a0"),
          );
    },
  },
  {
    name: "the attachment is removed",
    causes: edited,
    alter: (mail) =>
      body(mail, (text, boundary) => {
        const pieces = text.split(`--${boundary}`);
        const kept = pieces.filter((piece) => !/filename="/.test(piece));
        return kept.join(`--${boundary}`);
      }),
  },
  {
    name: "the attachment is replaced by a notice",
    causes: edited,
    alter: (mail) =>
      body(mail, (text, boundary) =>
        text
          .split(`--${boundary}`)
          .map((piece) =>
            /filename="/.test(piece)
              ? '\r\nContent-Type: text/plain\r\n\r\nThe attachment "chart.pdf" was removed.\r\n'
              : piece,
          )
          .join(`--${boundary}`),
      ),
  },
  {
    name: "text behind l=",
    causes: appended,
    alsoTrue: ["policy"],
    signing: { bodyLength: true },
    alter: (mail) => mail.withBody(`${mail.body}${textFooter}`),
  },
  {
    name: "l= covers the first 300 octets only, as the signer wanted",
    causes: ["policy"],
    signing: { bodyLength: 300 },
    alter: (mail) => mail,
  },
  {
    name: "less than l= arrives",
    causes: ["body-truncated"],
    signing: { bodyLength: true },
    alter: (mail) => mail.withBody(`${mail.body.slice(0, mail.body.length / 3)}\r\n`),
  },
];
