import process from "node:process";
import { MailsealError } from "@mailseal/errors";
import { Command, CommanderError } from "commander";
import { diskFailure } from "./disk-failure.ts";
import { fitHelp } from "./help.ts";
import { type GuardedOutput, guardStandardOutput } from "./standard-output.ts";

/** The exit codes of the programs that serve, as their help lists them. */
const exitCode = {
  /** Stopped as asked, or the check found nothing wrong. */
  ok: 0,
  /** The config, a file that it names, or the queue cannot be used. */
  config: 1,
  /** The command line is wrong. */
  misuse: 2,
  /** A full disk, or an error that should not happen: a defect, or a system that fails. */
  failure: 3,
} as const;

/** The same for the help of these programs. */
export const exitMeanings: Readonly<Record<number, string>> = {
  [exitCode.ok]: "stopped as asked, or the check found nothing wrong",
  [exitCode.config]: "the config, a file that it names, or the queue cannot be used",
  [exitCode.failure]: "the disk is full, or an unexpected error",
};

/** The environment variables of these programs, for their help. */
export const environmentMeanings: Readonly<Record<string, string>> = {
  NAME: "any variable that the config file names as ${NAME}",
  TMPDIR: "the directory for large messages, unless spoolDirectory is set (default: /tmp)",
};

/** How a command ends that failed for a reason that its user can fix. */
export interface Ending {
  readonly exitCode: number;
  /** For standard error, a line each. */
  readonly lines: readonly string[];
}

export interface CommandLineOptions {
  /** The ending for an error that the user can fix; undefined for a defect. Default: that of a program that serves. */
  readonly endingOf?: (error: unknown) => Ending | undefined;
  /** Prints one line on standard error. Default: the line, after the program's name. */
  readonly complain?: (line: string) => void;
  /** Standard output, if it is guarded already. */
  readonly output?: GuardedOutput;
}

/** Runs one command line and resolves to the exit code of the process. Never rejects. */
export async function runCommandLine(
  program: Command,
  args: readonly string[],
  { endingOf = configEnding, complain, output = guardStandardOutput() }: CommandLineOptions = {},
): Promise<number> {
  const print =
    complain ?? ((line: string) => void process.stderr.write(`${program.name()}: ${line}\n`));
  silence(program);
  fitHelp(program);
  const ended = await parse(program, args).then(
    (): Ending => ({ exitCode: exitCode.ok, lines: [] }),
    (error: unknown) => usageEnding(error) ?? failedEnding(error, endingOf(error)),
  );
  ended.lines.forEach(print);
  const outputEnd = await output.flush();
  if (outputEnd?.kind !== "failed") return ended.exitCode;
  // The command has already reported it if it failed while printing.
  if (!ended.lines.includes(outputEnd.message)) print(outputEnd.message);
  return ended.exitCode === exitCode.ok ? exitCode.failure : ended.exitCode;
}

async function parse(program: Command, args: readonly string[]): Promise<void> {
  await program.parseAsync(withHelpOption(program, args), { from: "user" });
}

/**
 * Turns `help a b` into `a b --help`. Throws a `CommanderError` for the help of an unknown command, for which Commander
 * prints the help of the whole program.
 */
function withHelpOption(program: Command, args: readonly string[]): readonly string[] {
  const firstOption = args.findIndex((arg) => arg.startsWith("-"));
  const names = firstOption < 0 ? args : args.slice(0, firstOption);
  const asksForHelp = args.includes("--help") || args.includes("-h");
  const path: string[] = [];
  let isHelpCommand = false;
  let command = program;
  for (const name of names) {
    if (name === "help" && command.commands.length > 0) {
      isHelpCommand = true;
      continue;
    }
    const next = command.commands.find((each) => each.name() === name);
    if (next === undefined) {
      const isName = command.commands.length > 0 && command.registeredArguments.length === 0;
      if (isHelpCommand || (asksForHelp && isName)) throw unknownCommand(command, name);
      return args;
    }
    command = next;
    path.push(name);
  }
  return isHelpCommand ? [...path, "--help"] : args;
}

/** Commander's own error, which names the nearest command. */
function unknownCommand(command: Command, name: string): CommanderError {
  const group = new Command(command.name());
  for (const each of command.commands) group.command(each.name());
  silence(group);
  try {
    group.parse([name], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError && command.commands.length > 0) return error;
  }
  const code = "commander.unknownCommand";
  return new CommanderError(1, code, `error: ${command.name()} has no command '${name}'`);
}

/** Keeps Commander from printing errors in its own form. */
function silence(command: Command): void {
  command.exitOverride().configureOutput({ outputError: () => undefined });
  command.commands.forEach(silence);
}

/** Help and version were asked for and are printed, unless no command was given. */
function usageEnding(error: unknown): Ending | undefined {
  if (!(error instanceof CommanderError)) return undefined;
  if (error.exitCode === 0) return { exitCode: exitCode.ok, lines: [] };
  const lines = error.code === "commander.help" ? [] : [`${usageMessage(error)}; see --help`];
  return { exitCode: exitCode.misuse, lines };
}

/** Commander's message in the order of all others: the option, what is wrong with it, what was expected. */
function usageMessage({ message }: CommanderError): string {
  return message
    .replace(/^error: /, "")
    .replaceAll("\n", " ")
    .replace(/\.$/, "")
    .replace(/^required option '(?:-\w, )?(--[^']+)' not specified$/, "$1 is missing")
    .replace(/^missing required argument '([^']+)'$/, "<$1> is missing")
    .replace(
      /^option '(?:-\w, )?(--[\w-]+)[^']*' argument '(.*)' is invalid\. /,
      '$1 "$2" is not valid: ',
    )
    .replace(
      /^command-argument value '(.*)' is invalid for argument '([^']+)'\. /,
      '<$2> "$1" is not valid: ',
    )
    .replace(/: Allowed choices are /, ": expected one of ");
}

function configEnding(error: unknown): Ending | undefined {
  return error instanceof MailsealError
    ? { exitCode: exitCode.config, lines: [error.message] }
    : undefined;
}

/** A full disk is neither a defect nor the fault of the config. */
function failedEnding(error: unknown, known: Ending | undefined): Ending {
  const reason = diskFailure(error);
  if (reason === undefined) return known ?? defect(error);
  const path = error instanceof Error && "path" in error ? String(error.path) : "a file";
  const line = `cannot write ${path}: ${reason}; free some space there, and try again`;
  return { exitCode: exitCode.failure, lines: known?.lines ?? [line] };
}

function defect(error: unknown): Ending {
  const cause = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { exitCode: exitCode.failure, lines: [`unexpected error, please report it: ${cause}`] };
}
