import { stdout } from "node:process";
import { type Command, Help } from "commander";
import type { ExitCode } from "../exit-code.ts";
import { wrap } from "./terminal.ts";

/** If fewer columns are left beside its option, a description goes below it. */
const narrowestColumn = 34;
const below = "      ";

/** Wraps the help of a command and its subcommands at the width of the terminal. Examples keep their lines. */
export function fitHelp(command: Command): void {
  command
    .configureHelp({
      minWidthToWrap: narrowestColumn,
      formatItem(term, termWidth, description, helper) {
        const left = (helper.helpWidth ?? 80) - termWidth - 4;
        return description === "" || left >= narrowestColumn
          ? Help.prototype.formatItem.call(helper, term, termWidth, description, helper)
          : `  ${term}\n${wrap(description, below)}`;
      },
    })
    .configureOutput({ writeOut: (text) => void stdout.write(text) });
  for (const subcommand of command.commands) fitHelp(subcommand);
}

interface HelpEnd {
  /** The meaning of each exit code of the command; 2, a wrong command line, is the same for all. */
  readonly exit: Readonly<Partial<Record<ExitCode, string>>>;
  readonly examples: readonly string[];
}

/** The end of a help text, for `addHelpText("after", ...)`: exit codes and examples. */
export function helpEnd({ exit, examples }: HelpEnd): () => string {
  const codes = { 2: "the command line is wrong", ...exit };
  return () => {
    const lines = Object.entries(codes).map(([code, meaning]) => {
      const wrapped = wrap(meaning, below);
      return `  ${code.padEnd(below.length - 2)}${wrapped.slice(below.length)}`;
    });
    const title = examples.length === 1 ? "Example:" : "Examples:";
    return ["", "Exit codes:", ...lines, "", title, ...examples.map((line) => `  ${line}`)].join(
      "\n",
    );
  };
}
