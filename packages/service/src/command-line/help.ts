import { stdout } from "node:process";
import { type Command, Help } from "commander";
import { wrap } from "./terminal.ts";

/** If fewer columns are left beside its option, a description goes below it. */
const narrowestColumn = 34;
const below = "      ";
/** A list with a longer name, such as a path, has its meanings below the names. */
const widestName = 20;

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

export interface HelpEnd {
  /** The effect of each signal on a program that serves. */
  readonly signals?: Readonly<Record<string, string>>;
  /** Files of an installed system that the command uses, besides the defaults of its options. */
  readonly files?: Readonly<Record<string, string>>;
  /** The effect of each environment variable. Those of a program hold for all of its commands. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The meaning of each exit code of the command; 2, a wrong command line, is the same for all. */
  readonly exit: Readonly<Record<number, string>>;
  readonly examples: readonly string[];
}

/** Commander keeps only the function that prints an end, so each function leaves its data here when it is called. */
const ends = new WeakMap<Command, HelpEnd>();

/** The end of a help text, for `addHelpText("after", ...)`: signals, files, environment, exit codes and examples. */
export function helpEnd(end: HelpEnd): (context: { readonly command: Command }) => string {
  const { signals = {}, files = {}, environment = {}, exit, examples } = end;
  const codes = { 2: "the command line is wrong", ...exit };
  return ({ command }) => {
    ends.set(command, { ...end, exit: codes });
    return [
      ...section("Signals:", signals),
      ...section("Files:", files),
      ...section("Environment:", environment),
      ...section("Exit codes:", codes),
      "",
      examples.length === 1 ? "Example:" : "Examples:",
      ...examples.map((line) => `  ${line}`),
    ].join("\n");
  };
}

/** The end of a command's help as data, with exit code 2; undefined for a command without `helpEnd`. */
export function helpEndOf(command: Command): HelpEnd | undefined {
  const output = command.configureOutput();
  command.configureOutput({ ...output, writeOut: () => undefined });
  command.outputHelp();
  command.configureOutput(output);
  return ends.get(command);
}

function section(title: string, meanings: Readonly<Record<string, string>>): readonly string[] {
  const entries = Object.entries(meanings);
  if (entries.length === 0) return [];
  if (entries.some(([name]) => name.length > widestName)) {
    return [
      "",
      title,
      ...entries.flatMap(([name, meaning]) => [`  ${name}`, wrap(meaning, below)]),
    ];
  }
  // All lists of exit codes have the width of the longest code, 75.
  const width = Math.max(2, ...entries.map(([name]) => name.length)) + 2;
  const indent = " ".repeat(2 + width);
  const lines = entries.map(
    ([name, meaning]) => `  ${name.padEnd(width)}${wrap(meaning, indent).slice(indent.length)}`,
  );
  return ["", title, ...lines];
}
