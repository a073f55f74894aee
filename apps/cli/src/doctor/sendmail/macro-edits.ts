import { dirname } from "node:path";
import { commandLine, type Host, readTextOn } from "../../host/host.ts";
import type { Sendmail } from "../../host/sendmail.ts";
import { inOrder } from "../shell.ts";

const defaultMacroFile = "/etc/mail/sendmail.mc";

/** Commands that put a line into the macros before the mailers, where m4 still heeds it, and make Sendmail use them. */
export async function insertMacro(
  host: Host,
  { macroFile = defaultMacroFile }: Sendmail,
  line: string,
): Promise<string> {
  const lines = ((await readTextOn(host, macroFile, "latin1")) ?? "").split("\n");
  const mailers = lines.findIndex((each) => /^MAILER(?:_DEFINITIONS\b|\()/.test(each));
  const place = mailers < 0 ? "$a" : `${mailers + 1}i`;
  return rebuilt(macroFile, `${place} ${line}`);
}

/** Commands that add `F=T` to a filter, in the file of macros that declares it. */
export async function addFailureMode(
  host: Host,
  { macroFile = defaultMacroFile }: Sendmail,
  filter: string,
): Promise<string> {
  const text = (await readTextOn(host, macroFile, "latin1")) ?? "";
  const included = Array.from(text.matchAll(/^include\(`([^']+)'\)/gm), ([, path = ""]) => path);
  let file = macroFile;
  for (const path of included) {
    if ((await readTextOn(host, path, "latin1"))?.includes(`MAIL_FILTER(\`${filter}'`) === true) {
      file = path;
    }
  }
  return rebuilt(file, `/MAIL_FILTER(.${filter}'/s/S=[^,']*/&, F=T/`);
}

function rebuilt(file: string, script: string): string {
  return inOrder(
    commandLine(["sed", "-i", script, file]),
    ["make", "-C", dirname(defaultMacroFile)],
    "systemctl restart sendmail",
  );
}
