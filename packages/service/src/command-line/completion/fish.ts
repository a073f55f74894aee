import {
  type DescribedArgument,
  type DescribedCommand,
  type DescribedOption,
  everyCommand,
} from "../command-description.ts";
import { functionName, nameOf, optionsOf, withHelpCommands } from "./completed-commands.ts";

/** A completion script for fish: one line for each command, option and argument, with its condition. */
export function fishCompletion(program: DescribedCommand): string {
  const name = nameOf(program);
  const prefix = `_${functionName([name])}`;
  const commands = everyCommand(withHelpCommands(program));
  const below = commands.filter(({ path }) => path.length > 1);
  return `# Completion of ${name} for fish. To load it: ${name} completion fish | source

set -g ${prefix}_commands ${below.map(({ path }) => quoted(path.join(" "))).join(" \\\n    ")}

# The options with a value, which is the word after them.
set -g ${prefix}_options ${commands.flatMap(valuedOptions).join(" \\\n    ")}

# Succeeds if the words before the cursor name this command.
function ${prefix}_at
    set -l command ${name}
    set -l after_option no
    for word in (commandline -opc)[2..]
        if test $after_option = yes
            set after_option no
            continue
        end
        if contains -- "$command $word" $${prefix}_options
            set after_option yes
        else if contains -- "$command $word" $${prefix}_commands
            set command "$command $word"
        end
    end
    test "$command" = "$argv[1]"
end

complete -c ${name} -f
${commands.flatMap((command) => linesOf(command, name, prefix)).join("\n")}
`;
}

/** An optional value is only known to be one when it is there. */
function valuedOptions(command: DescribedCommand): readonly string[] {
  return optionsOf(command).flatMap(({ flags, value }) =>
    value === undefined || value.isOptional
      ? []
      : flags.map((flag) => quoted(`${command.path.join(" ")} ${flag}`)),
  );
}

function linesOf(command: DescribedCommand, name: string, prefix: string): readonly string[] {
  const condition = quoted(`${prefix}_at ${quoted(command.path.join(" "))}`);
  const start = `complete -c ${name} -n ${condition}`;
  return [
    ...command.commands.map(
      (each) => `${start} -a ${quoted(nameOf(each))} -d ${quoted(each.summary)}`,
    ),
    ...optionsOf(command).map((option) => `${start} ${optionArguments(option)}`),
    ...command.arguments.flatMap((argument) => argumentLine(argument, start)),
  ];
}

function optionArguments({ flags, value, description }: DescribedOption): string {
  const forms = flags.map((flag) =>
    flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`,
  );
  const takes = value === undefined || value.isOptional ? [] : [offered(value)];
  return [...forms, ...takes, `-d ${quoted(description)}`].join(" ");
}

function argumentLine(argument: DescribedArgument, start: string): readonly string[] {
  const { takes } = argument;
  if (takes.kind === "text") return [];
  const offer = takes.kind === "choices" ? `-a ${quoted(takes.choices.join(" "))}` : "-F";
  return [`${start} ${offer}`];
}

function offered({ takes }: NonNullable<DescribedOption["value"]>): string {
  switch (takes.kind) {
    case "choices":
      return `-x -a ${quoted(takes.choices.join(" "))}`;
    case "file":
      return "-r -F";
    case "directory":
      return "-x -a '(__fish_complete_directories)'";
    case "text":
      return "-x";
  }
}

/** Text in single quotes, as fish reads it. */
function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, String.raw`\$&`)}'`;
}
