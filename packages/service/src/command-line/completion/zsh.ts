import {
  type DescribedArgument,
  type DescribedCommand,
  type DescribedOption,
  type DescribedValue,
  everyCommand,
} from "../command-description.ts";
import { functionName, nameOf, optionsOf, quoted, withHelpCommands } from "./completed-commands.ts";

/** A completion script for zsh: one function for each command, which calls `_arguments`. */
export function zshCompletion(program: DescribedCommand): string {
  const name = nameOf(program);
  const functions = everyCommand(withHelpCommands(program)).map((command) =>
    command.commands.length > 0 ? groupFunctions(command) : leafFunction(command),
  );
  return `#compdef ${name}
# Completion of ${name} for zsh. To load it after compinit: source <(${name} completion zsh)

${functions.join("\n")}
# As a file in $fpath, it is the function itself.
if [[ $funcstack[1] == ${functionName([name])} ]]; then
  ${functionName([name])} "$@"
else
  compdef ${functionName([name])} ${name}
fi
`;
}

function leafFunction(command: DescribedCommand): string {
  const specifications = [
    ...optionsOf(command).flatMap(optionSpecifications),
    ...command.arguments.map(argumentSpecification),
  ];
  return `${functionName(command.path)}() {
  ${callOfArguments("-s", specifications)}
}
`;
}

/** The first argument is the name of a command, whose function completes the rest. */
function groupFunctions(command: DescribedCommand): string {
  const own = functionName(command.path);
  const names = command.commands.map((each) =>
    quoted(`${nameOf(each).replaceAll(":", "\\:")}:${each.summary}`),
  );
  const cases = command.commands.map(
    (each) => `    ${nameOf(each)}) ${functionName(each.path)} && found=0 ;;`,
  );
  return `${own}() {
  local curcontext=$curcontext state state_descr line found=1
  local -A opt_args
  ${callOfArguments("-s -C", [
    ...optionsOf(command).flatMap(optionSpecifications),
    `'1: :${own}__commands'`,
    "'*:: :->rest'",
  ])} && found=0
  [[ $state == rest ]] && case $line[1] in
${cases.join("\n")}
  esac
  return found
}

${own}__commands() {
  local -a commands=(
    ${names.join("\n    ")}
  )
  _describe -t commands command commands
}
`;
}

function callOfArguments(options: string, specifications: readonly string[]): string {
  return [`_arguments ${options} :`, ...specifications].join(" \\\n    ");
}

/** One specification for each form of the option; none of them is offered twice, unless the option may be repeated. */
function optionSpecifications({ flags, value, description }: DescribedOption): readonly string[] {
  const before = value?.isRepeatable === true ? "*" : `(${flags.join(" ")})`;
  return flags.map((flag) => {
    const equals = value === undefined ? "" : flag.startsWith("--") ? "=" : "+";
    const explained = `[${description.replaceAll(/[\\[\]]/g, String.raw`\$&`)}]`;
    const taken = value === undefined ? "" : `${value.isOptional ? "::" : ":"}${action(value)}`;
    return quoted(`${before}${flag}${equals}${explained}${taken}`);
  });
}

function argumentSpecification(argument: DescribedArgument, index: number): string {
  const { isRepeatable, isOptional } = argument;
  const place = isRepeatable ? "*" : String(index + 1);
  return quoted(`${place}${isOptional && !isRepeatable ? "::" : ":"}${action(argument)}`);
}

/** What to say and what to offer for a value. */
function action({ name, takes }: DescribedValue): string {
  const said = name.replaceAll(":", "\\:");
  switch (takes.kind) {
    case "choices":
      return `${said}:(${takes.choices.join(" ")})`;
    case "file":
      return `${said}:_files`;
    case "directory":
      return `${said}:_files -/`;
    case "text":
      // A space instead of the empty list would be a message, which keeps zsh from inserting options.
      return `${said}:()`;
  }
}
