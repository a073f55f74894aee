import type { DescribedCommand, DescribedOption } from "../command-description.ts";

/** A program whose groups of commands have the command `help`, which takes the name of any command below it. */
export function withHelpCommands(command: DescribedCommand): DescribedCommand {
  if (command.commands.length === 0) return command;
  const help = namesOnly(command, [...command.path, "help"]);
  return {
    ...command,
    commands: [
      ...command.commands.map(withHelpCommands),
      { ...help, summary: "print the help of a command" },
    ],
  };
}

function namesOnly(command: DescribedCommand, path: readonly string[]): DescribedCommand {
  return {
    path,
    summary: command.summary,
    description: command.description,
    options: [],
    inheritedOptions: [],
    arguments: [],
    commands: command.commands.map((each) => namesOnly(each, [...path, nameOf(each)])),
    end: undefined,
  };
}

/** The last name of a command's path. */
export function nameOf({ path }: DescribedCommand): string {
  return path.at(-1) ?? "";
}

/** Every option that a command takes. */
export function optionsOf({
  options,
  inheritedOptions,
}: DescribedCommand): readonly DescribedOption[] {
  return [...options, ...inheritedOptions];
}

/** The name of a function of a script: letters, digits and `_`. */
export function functionName(path: readonly string[]): string {
  return `_${path.join("_").replaceAll(/\W/g, "_")}`;
}

/** Text in single quotes, as bash and zsh read it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
