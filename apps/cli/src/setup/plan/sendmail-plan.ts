import { type Host, readTextOn } from "../../host/host.ts";
import { sendmailSocket } from "../../host/layout.ts";
import { filterName } from "../changes/sendmail-change.ts";

/** F=T: mail is deferred while the relay cannot be reached, instead of leaving unsigned. The times are those to send, read and end. */
export const filterLine: string = `INPUT_MAIL_FILTER(\`${filterName}', \`S=local:${sendmailSocket}, F=T, T=S:30s;R:30s;E:5m')dnl`;

const introduction = "dnl # Mailseal signs mail; F=T defers mail while it does not run.";

/**
 * The text of sendmail.mc with our filter: in the place of OpenDKIM's if `replacesOpendkim`, otherwise as the last filter,
 * before the mailers. A text that has the filter is returned unchanged.
 */
export function sendmailMacros(text: string, replacesOpendkim: boolean): string {
  const own = new RegExp(`^INPUT_MAIL_FILTER\\(\`${filterName}'.*$`, "m");
  const opendkim = /^INPUT_MAIL_FILTER\(`opendkim'.*$/m;
  const listed = inFilterList(text, replacesOpendkim);
  if (own.test(listed)) return listed.replace(own, () => filterLine);
  if (replacesOpendkim && opendkim.test(listed)) return listed.replace(opendkim, () => filterLine);
  const lines = listed.split("\n");
  const others = lines.findLastIndex((line) => line.startsWith("INPUT_MAIL_FILTER("));
  const mailers = lines.findIndex((line) => /^MAILER(?:_DEFINITIONS\b|\()/.test(line));
  const at = others >= 0 ? others + 1 : mailers >= 0 ? mailers : lines.length;
  return [...lines.slice(0, at), introduction, filterLine, ...lines.slice(at)].join("\n");
}

/** A list of filters that the administrator wrote decides which are called, and in which order. */
function inFilterList(text: string, replacesOpendkim: boolean): string {
  return text.replace(
    /^(define\(`confINPUT_MAIL_FILTERS',\s*`)([^']*)('\).*)$/m,
    (_, start: string, list: string, end: string) => {
      const names = list
        .split(/[,\s]+/)
        .filter((name) => name !== "")
        .map((name) => (replacesOpendkim && name === "opendkim" ? filterName : name));
      const all = names.includes(filterName) ? names : [...names, filterName];
      return `${start}${all.join(", ")}${end}`;
    },
  );
}

/** The text of sendmail.mc, which may be in any charset. */
export async function readMacros(host: Host, path: string): Promise<string> {
  return (await readTextOn(host, path, "latin1")) ?? "";
}
