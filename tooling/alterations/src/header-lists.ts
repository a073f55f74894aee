import type { Alteration } from "./alteration.ts";
import type { Mail } from "./mail.ts";

const subject = ["field-edited subject"];
const from = ["field-edited from"];

function tagged(name: string, change: (value: string) => string): Alteration {
  return { name, causes: subject, alter: (mail) => mail.set("Subject", change) };
}

interface Author {
  readonly name: string;
  readonly address: string;
  readonly value: string;
}

function authorOf(mail: Mail): Author {
  const value = mail.value("From") ?? "";
  const [, name = "", address = ""] = /^"?(.*?)"?\s*<(.*)>$/.exec(value) ?? [];
  return { name, address, value };
}

function fromRewritten(
  name: string,
  write: (author: Author) => string,
  keep: (author: Author) => readonly string[],
  alsoTrue: readonly string[] = [],
): Alteration {
  return {
    name,
    causes: from,
    alsoTrue,
    alter: (mail) => {
      const author = authorOf(mail);
      return mail.set("From", () => write(author))?.addBelow(...keep(author));
    },
  };
}

/** Changes that mailing lists and filters make to Subject and From, and fields that they add. */
export const listAlterations: readonly Alteration[] = [
  tagged("[list] before the Subject", (value) => `[crew] ${value}`),
  tagged("[EXTERNAL] before the Subject", (value) => `[EXTERNAL] ${value}`),
  tagged("***SPAM*** before the Subject", (value) => `***SPAM*** ${value}`),
  tagged("EXT: before the Subject", (value) => `EXT: ${value}`),
  tagged("{Spam?} before the Subject", (value) => `{Spam?} ${value}`),
  tagged("[SUSPECTED SPAM] after the Subject", (value) => `${value} [SUSPECTED SPAM]`),
  tagged("Re: and a counted tag", (value) => `Re: [crew:1042] ${value}`),
  {
    name: "a tag before the folded Subject",
    causes: subject,
    alter: (mail) =>
      mail.rewrite("Subject", (raw) => raw.replace(/^Subject:\s*/i, "Subject: [crew] ")),
  },
  {
    name: "a tag, and the Subject folded after it",
    causes: subject,
    alsoTrue: ["field-refolded subject"],
    alter: (mail) => mail.set("Subject", (value) => `[harbour-crew]\r\n ${value}`),
  },
  fromRewritten(
    "From rewritten by Mailman, author in Reply-To",
    ({ name }) => `${name} via Crew <crew@lists.example.net>`,
    ({ value }) => [`Reply-To: ${value}`],
    ["field-added reply-to"],
  ),
  fromRewritten(
    "From rewritten by Mailman 2 in quotes, author in Reply-To",
    ({ name }) => `"${name} via Crew" <crew@lists.example.net>`,
    ({ name, address }) => [`Reply-To: ${name} <${address}>`],
    ["field-added reply-to"],
  ),
  fromRewritten(
    "From rewritten by Google Groups",
    ({ name }) => `"'${name}' via Crew" <crew@lists.example.net>`,
    ({ value }) => [`X-Original-From: ${value}`, `Reply-To: ${value}`],
    ["field-added reply-to"],
  ),
  fromRewritten(
    "From rewritten, kept in X-Original-From",
    ({ address }) => `"${address}" <noreply@gateway.example>`,
    ({ value }) => [`X-Original-From: ${value}`],
  ),
  fromRewritten(
    "From rewritten with the author's address in the new one",
    ({ name, address }) => `"${name}" <${address.replace("@", "=")}@lists.example.net>`,
    () => [],
  ),
  fromRewritten(
    "From rewritten as 'address on behalf of'",
    ({ name, address }) => `"${name} (${address})" <list@lists.example.net>`,
    () => [],
  ),
  {
    name: "Reply-To added, which was oversigned",
    causes: ["field-added reply-to"],
    alter: (mail) =>
      mail.has("Reply-To") ? undefined : mail.addAbove("Reply-To: crew@lists.example.net"),
  },
  {
    name: "a second Subject added, oversigned",
    causes: ["field-added subject"],
    alter: (mail) => mail.addAbove("Subject: You have won"),
  },
  {
    name: "a second From below the first",
    causes: ["field-added from"],
    alsoTrue: ["policy"],
    alter: (mail) => mail.addBelow("From: Mallory <mallory@example.org>"),
  },
  {
    name: "a second To above, not oversigned",
    causes: ["field-added to"],
    alsoTrue: ["policy"],
    signing: { headers: ["From", "To", "Subject", "Date"] },
    alter: (mail) => mail.addAbove("To: undisclosed-recipients:;"),
  },
  {
    name: "the fields of a mailing list added, which were oversigned",
    causes: [
      "field-added list-id",
      "field-added list-unsubscribe",
      "field-added list-post",
      "field-added sender",
      "field-added precedence",
    ],
    signing: {
      oversign: [
        "From",
        "Subject",
        "Sender",
        "List-Id",
        "List-Unsubscribe",
        "List-Post",
        "Precedence",
      ],
    },
    alter: (mail) =>
      mail.addBelow(
        "Sender: crew-bounces@lists.example.net",
        "Precedence: list",
        'List-Id: "The crew" <crew.lists.example.net>',
        "List-Post: <mailto:crew@lists.example.net>",
        "List-Unsubscribe: <mailto:crew-leave@lists.example.net>",
      ),
  },
];
