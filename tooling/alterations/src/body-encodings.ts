import type { Alteration } from "./alteration.ts";
import type { Mail } from "./mail.ts";
import { charsetOf, encodingOf, isText, mapLeaves, type Part } from "./parts.ts";
import {
  printableAsPerl,
  printableAsPostfix,
  printableAtWords,
  readTransfer,
  toBase64,
  transcode,
} from "./wire-encodings.ts";

interface Writing {
  readonly encoding: string;
  write(content: string): string;
}

const encodingField = /^Content-Transfer-Encoding:[^\r\n]*/im;

/** Text parts written in another way, with the header fields that go with it, as a relay does. */
function reencoded(
  mail: Mail,
  from: (part: Part) => boolean,
  { encoding, write }: Writing,
): Mail | undefined {
  const leaf = (part: Part): Part => {
    if (!from(part)) {
      return part;
    }
    const content = write(readTransfer(part.content, encodingOf(part)));
    const header = encodingField.test(part.header)
      ? part.header.replace(encodingField, `Content-Transfer-Encoding: ${encoding}`)
      : part.header;
    return { header, content };
  };
  const changed = mapLeaves(mail, leaf);
  if (changed.body === mail.body) {
    return undefined;
  }
  const isSimple = !/^multipart\//i.test(mail.value("Content-Type") ?? "");
  return isSimple ? changed.set("Content-Transfer-Encoding", () => encoding) : changed;
}

const isEightBit = (part: Part): boolean => isText(part) && encodingOf(part) === "8bit";
const isPrintable = (part: Part): boolean => encodingOf(part) === "quoted-printable";
const isPlainText = (part: Part): boolean => isText(part) && /^[78]bit$/.test(encodingOf(part));
const isBase64 = (part: Part): boolean => encodingOf(part) === "base64";

const causes = ["body-reencoded"];
const alsoTrue = ["field-edited content-transfer-encoding"];

function writing(
  name: string,
  from: (part: Part) => boolean,
  encoding: string,
  write: (content: string) => string,
): Alteration {
  return { name, causes, alsoTrue, alter: (mail) => reencoded(mail, from, { encoding, write }) };
}

function converted(name: string, from: string, to: string, label: string): Alteration {
  const relabelled = (text: string): string => text.replace(/(charset="?)[^";\s]+/i, `$1${label}`);
  const leaf = (part: Part): Part => {
    const encoding = encodingOf(part);
    const content = transcode(readTransfer(part.content, encoding), from, to);
    if (!isText(part) || charsetOf(part) !== from || content === undefined) {
      return part;
    }
    return {
      header: relabelled(part.header),
      content: encoding === "quoted-printable" ? printableAsPerl(content) : content,
    };
  };
  return {
    name,
    causes,
    alsoTrue: [...alsoTrue, "field-edited content-type"],
    alter: (mail) => {
      const changed = mapLeaves(mail, leaf);
      return changed.body === mail.body ? undefined : changed.rewrite("Content-Type", relabelled);
    },
  };
}

export const bodyEncodingAlterations: readonly Alteration[] = [
  writing(
    "8bit to quoted-printable, by Postfix",
    isEightBit,
    "quoted-printable",
    printableAsPostfix,
  ),
  writing("8bit to quoted-printable, by Perl", isEightBit, "quoted-printable", printableAsPerl),
  writing("7bit or 8bit to base64", isPlainText, "base64", (text) => toBase64(text, 76)),
  writing("7bit or 8bit to base64 of 60 columns", isPlainText, "base64", (text) =>
    toBase64(text, 60),
  ),
  writing("quoted-printable to 8bit", isPrintable, "8bit", (text) => text),
  writing("quoted-printable to base64", isPrintable, "base64", (text) => toBase64(text, 76)),
  writing(
    "quoted-printable wrapped as Postfix does",
    isPrintable,
    "quoted-printable",
    printableAsPostfix,
  ),
  writing("quoted-printable wrapped at words", isPrintable, "quoted-printable", printableAtWords),
  writing("quoted-printable with lower-case escapes", isPrintable, "quoted-printable", (text) =>
    printableAsPerl(text).replace(/=[0-9A-F]{2}/g, (escape) => escape.toLowerCase()),
  ),
  writing("base64 in lines of 64", isBase64, "base64", (content) => toBase64(content, 64)),
  writing("base64 in lines of 72", isBase64, "base64", (content) => toBase64(content, 72)),
  converted("latin1 to UTF-8", "iso-8859-1", "utf-8", "utf-8"),
  converted("UTF-8 to latin1", "utf-8", "iso-8859-1", "iso-8859-1"),
];
