import type { Alteration } from "./alteration.ts";
import type { Mail } from "./mail.ts";

function folded(name: string, field: string, alter: (mail: Mail) => Mail | undefined): Alteration {
  return {
    name,
    causes: [`field-refolded ${field}`],
    alsoTrue: [`field-edited ${field}`],
    alter,
  };
}

function edited(
  name: string,
  field: string,
  change: (value: string) => string,
  more: readonly string[] = [],
): Alteration {
  return {
    name,
    causes: [`field-edited ${field}`, ...more],
    alter: (mail) => {
      const changed = mail.set(field, change);
      return changed?.value(field) === mail.value(field) ? undefined : changed;
    },
  };
}

const everyField = [
  "from",
  "to",
  "cc",
  "subject",
  "date",
  "message-id",
  "in-reply-to",
  "references",
  "mime-version",
  "content-type",
  "content-transfer-encoding",
];
const everyFolded = everyField.map((field) => `field-refolded ${field}`);
const everyEdited = everyField.map((field) => `field-edited ${field}`);

/** A word of RFC 2047 as bytes, and how a program would write them again. */
function wordsOf(value: string): { readonly charset: string; readonly bytes: string } | undefined {
  const all = Array.from(value.matchAll(/=\?([^?]+)\?([BQ])\?([^?]*)\?=/gi));
  const [first] = all;
  if (first === undefined) {
    return undefined;
  }
  const bytes = all.map(([, , letter = "", text = ""]) =>
    letter.toUpperCase() === "B"
      ? Buffer.from(text, "base64").toString("latin1")
      : text
          .replaceAll("_", " ")
          .replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
  );
  return { charset: first[1] ?? "", bytes: bytes.join("") };
}

function words(
  name: string,
  field: string,
  write: (bytes: string, charset: string) => string,
  only: (charset: string) => boolean = () => true,
): Alteration {
  return {
    name,
    causes: [`field-refolded ${field}`, `field-edited ${field}`],
    alter: (mail) => {
      const value = mail.value(field) ?? "";
      const found = wordsOf(value);
      const changed =
        found === undefined || !only(found.charset)
          ? value
          : value.replace(/=\?.*\?=/, () => write(found.bytes, found.charset));
      return changed === value ? undefined : mail.set(field, () => changed);
    },
  };
}

const base64 = (bytes: string): string => Buffer.from(bytes, "latin1").toString("base64");
const q = (bytes: string): string =>
  bytes
    .replace(
      /[^A-Za-z0-9 ]/g,
      (octet) => `=${octet.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
    )
    .replaceAll(" ", "_");

/** Changes by programs that parse a header and write it again. */
export const rewriteAlterations: readonly Alteration[] = [
  folded("Subject folded at 60 columns", "subject", (mail) =>
    mail.rewrite("Subject", (raw) => raw.replace(/^(.{40,60}) /, "$1\r\n ")),
  ),
  folded("References on one line", "references", (mail) =>
    mail.rewrite("References", (raw) => raw.replaceAll("\r\n", "")),
  ),
  folded("To with an address on each line", "to", (mail) =>
    mail.rewrite("To", (raw) => raw.replaceAll(/, (?=\S+@|")/g, ",\r\n\t")),
  ),
  folded("Content-Type with each parameter on a line", "content-type", (mail) =>
    mail.rewrite("Content-Type", (raw) => raw.replace(/;\s*/g, ";\r\n\t")),
  ),
  folded("Message-ID on a line of its own", "message-id", (mail) =>
    mail.rewrite("Message-ID", (raw) => raw.replace(": ", ":\r\n ")),
  ),
  {
    name: "every folded field unfolded",
    causes: everyFolded,
    alsoTrue: everyEdited,
    alter: (mail) => mail.rewriteAll((raw) => raw.replaceAll("\r\n", "")),
  },
  {
    name: "every field folded at 72 columns with tabs",
    causes: everyFolded,
    alsoTrue: everyEdited,
    alter: (mail) =>
      mail.rewriteAll((raw) => {
        let line = "";
        const lines: string[] = [];
        for (const word of raw.replaceAll(/\r\n[ \t]+/g, " ").split(" ")) {
          if (line !== "" && line.length + 1 + word.length > 72) {
            lines.push(line);
            line = word;
          } else {
            line = line === "" ? word : `${line} ${word}`;
          }
        }
        return [...lines, line].join("\r\n\t");
      }),
  },
  {
    name: "white space at the ends of header lines removed, two spaces after the colons",
    causes: everyFolded,
    alsoTrue: everyEdited,
    alter: (mail) => mail.rewriteAll((raw) => raw.replace(/:[ \t]+/, ":  ")),
  },
  words(
    "encoded words joined to one",
    "subject",
    (bytes, charset) => `=?${charset}?B?${base64(bytes)}?=`,
  ),
  words("encoded words from B to Q", "subject", (bytes, charset) => `=?${charset}?Q?${q(bytes)}?=`),
  words(
    "encoded words decoded to UTF-8",
    "subject",
    (bytes) => bytes,
    (charset) => charset === "utf-8",
  ),
  words(
    "the charset's name in capitals",
    "subject",
    (bytes, charset) => `=?${charset.toUpperCase()}?B?${base64(bytes)}?=`,
  ),
  words(
    "only the charset's name in capitals, of From",
    "from",
    (bytes) =>
      `=?UTF-8?Q?${bytes.replaceAll(" ", "_").replace(/[\x80-\xff]/g, (octet) => `=${octet.charCodeAt(0).toString(16).toUpperCase()}`)}?=`,
  ),
  words(
    "From's encoded word from Q to B",
    "from",
    (bytes, charset) => `=?${charset}?B?${base64(bytes)}?=`,
  ),
  words(
    "From decoded to UTF-8 in quotes",
    "from",
    (bytes) => `"${bytes}"`,
    (charset) => charset === "utf-8",
  ),
  edited("quotes around From's name removed", "from", (value) => value.replaceAll('"', "")),
  edited("quotes put around every name in Cc", "cc", (value) =>
    value.replace(/(^|, )([A-Z][^",<]*?) </g, '$1"$2" <'),
  ),
  edited("angle brackets put around bare addresses in To", "to", (value) =>
    value.replace(/(^|, )([^\s<>",]+@[^\s<>",]+)(?=,|$)/g, "$1<$2>"),
  ),
  edited("angle brackets removed from bare addresses in Cc", "cc", (value) =>
    value.replace(/(^|, )<([^>]+)>/g, "$1$2"),
  ),
  edited("addresses become their own names in To", "to", (value) =>
    value.replace(/(^|, )([^\s<>",]+@[^\s<>",]+)(?=,|$)/g, '$1"$2" <$2>'),
  ),
  edited("no spaces after commas in To", "to", (value) =>
    value.replace(/(?<=@\S+), /g, ",").replace(/>, /g, ">,"),
  ),
  edited("no spaces after commas in Cc", "cc", (value) => value.replaceAll(/, /g, ",")),
  edited(
    "Date in UTC",
    "date",
    (value) => `${new Date(value).toUTCString().replace("GMT", "+0000")}`,
  ),
  edited("Date in GMT by name", "date", (value) => new Date(value).toUTCString()),
  edited("Date without the day's name", "date", (value) => value.replace(/^\w+, /, "")),
  edited("Date with the zone's name", "date", (value) => `${value} (CET)`),

  edited("the charset in quotes", "content-type", (value) =>
    value.replace(/charset=([^";]+)/, 'charset="$1"'),
  ),
  edited("the quotes of parameters removed", "content-type", (value) =>
    value.replace(/="([^"=]+)"/g, "=$1"),
  ),
  edited("the charset's name in capitals, in quotes", "content-type", (value) =>
    value.replace(/charset="?([^";]+)"?/, (_, name: string) => `charset="${name.toUpperCase()}"`),
  ),
  edited("the charset's name in lower case", "content-type", (value) =>
    value.replace(/charset="?[^";]+/, (name) => name.toLowerCase()),
  ),
  edited("the type in capitals", "content-type", (value) =>
    value.replace(/^[^;]+/, (type) => type.toUpperCase()),
  ),
  edited("charset=utf-8 put into Content-Type", "content-type", (value) =>
    /charset/.test(value) ? value : `${value}; charset=utf-8`,
  ),
  edited("format=flowed removed", "content-type", (value) => value.replace(/; format=flowed/, "")),
  {
    name: "MIME-Version spelled Mime-Version",
    causes: ["field-edited mime-version", "field-refolded mime-version"],
    alter: (mail) => mail.rewrite("MIME-Version", (raw) => raw.replace("MIME", "Mime")),
  },
  {
    name: "Message-ID spelled Message-Id",
    causes: ["field-edited message-id", "field-refolded message-id"],
    alter: (mail) => mail.rewrite("Message-ID", (raw) => raw.replace("ID", "Id")),
  },
  {
    name: "every name in lower case",
    causes: [...everyEdited, ...everyFolded],
    alter: (mail) => mail.rewriteAll((raw) => raw.replace(/^[^:]+/, (name) => name.toLowerCase())),
  },
];
