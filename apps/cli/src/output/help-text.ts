import { stdout } from "node:process";
import { type Command, Help } from "commander";
import { wrap } from "./terminal.ts";

/** Narrower than this beside its option, a description is below it instead. */
const narrowest = 34;
const below = "      ";

/** Breaks the lines of every help where the terminal ends, however narrow it is; examples stay whole, to be copied. */
export function fitHelp(command: Command): void {
  command
    .configureHelp({
      minWidthToWrap: narrowest,
      formatItem(term, termWidth, description, helper) {
        const left = (helper.helpWidth ?? 80) - termWidth - 4;
        return description === "" || left >= narrowest
          ? Help.prototype.formatItem.call(helper, term, termWidth, description, helper)
          : `  ${term}\n${wrap(description, below)}`;
      },
    })
    .configureOutput({ writeOut: (text) => void stdout.write(wrapExits(text)) });
  for (const subcommand of command.commands) fitHelp(subcommand);
}

/** The paragraph "Exit: ..." is ours, and Commander writes it as it is. */
function wrapExits(help: string): string {
  return help.replace(/^Exit: [^\n]+(?:\n[^\n]+)*/m, (paragraph) =>
    wrap(paragraph.slice("Exit: ".length).replaceAll(/\s+/g, " "), below).replace(/^ {5}/, "Exit:"),
  );
}
