import { stdout } from "node:process";
import { type Command, Help } from "commander";
import { wrap } from "./terminal.ts";

/** If fewer columns are left beside its option, a description goes below it. */
const narrowestColumn = 34;
const below = "      ";

/** Wraps the help of a command and its subcommands at the width of the terminal. Examples keep their lines. */
export function fitHelp(command: Command): void {
  command
    .helpOption("-h, --help", "print this help")
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
  if (command.commands.length > 0) {
    command.helpCommand("help [command]", "print the help of a command");
  }
  for (const subcommand of command.commands) fitHelp(subcommand);
}

interface HelpEnd {
  /** The effect of each signal on a program that serves. */
  readonly signals?: Readonly<Record<string, string>>;
  /** The meaning of each exit code of the command; 2, a wrong command line, is the same for all. */
  readonly exit: Readonly<Record<number, string>>;
  readonly examples: readonly string[];
}

/** The end of a help text, for `addHelpText("after", ...)`: signals, exit codes and examples. */
export function helpEnd({ signals = {}, exit, examples }: HelpEnd): () => string {
  const codes = { 2: "the command line is wrong", ...exit };
  return () =>
    [
      ...section("Signals:", signals),
      ...section("Exit codes:", codes),
      "",
      examples.length === 1 ? "Example:" : "Examples:",
      ...examples.map((line) => `  ${line}`),
    ].join("\n");
}

function section(title: string, meanings: Readonly<Record<string, string>>): readonly string[] {
  const entries = Object.entries(meanings);
  if (entries.length === 0) return [];
  // All lists of exit codes have the width of the longest code, 75.
  const width = Math.max(2, ...entries.map(([name]) => name.length)) + 2;
  const indent = " ".repeat(2 + width);
  const lines = entries.map(
    ([name, meaning]) => `  ${name.padEnd(width)}${wrap(meaning, indent).slice(indent.length)}`,
  );
  return ["", title, ...lines];
}
