import { completionScripts, describeProgram, everyCommand } from "@mailseal/service/command-line";
import { commandPage, pageName } from "./command-page.ts";
import { configPage } from "./config-page.ts";
import { type Program, programs } from "./programs.ts";

export interface Edition {
  readonly version: string;
  /** YYYY-MM-DD. */
  readonly date: string;
}

/** The man pages and completion scripts of a program, by their paths in its package's `dist`. */
export async function manualFiles(
  { name, section, load }: Program,
  { version, date }: Edition,
): Promise<ReadonlyMap<string, string>> {
  const program = describeProgram(await load());
  const related = new Map([
    ...Array.from(programs.values(), (each) => [each.name, each.section] as const),
    ["mailseal.yaml", "5"] as const,
  ]);
  const manual = { program, section, related, date, version };
  const files = new Map(
    everyCommand(program).map((command) => [
      `man/${pageName(command)}.${section}`,
      commandPage(command, manual),
    ]),
  );
  // Only one package may have it: npm refuses to install the same page twice.
  if (name === "mailseal") files.set("man/mailseal.yaml.5", configPage({ version, date }));
  for (const { fileName, text } of completionScripts(program)) {
    files.set(`completion/${fileName}`, text);
  }
  return files;
}
