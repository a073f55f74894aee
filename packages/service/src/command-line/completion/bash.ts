import {
  type DescribedCommand,
  type DescribedValue,
  everyCommand,
  type ValueKind,
} from "../command-description.ts";
import { functionName, nameOf, optionsOf, quoted, withHelpCommands } from "./completed-commands.ts";

/** A completion script for bash, which needs no other package and runs in bash 3.2, too. */
export function bashCompletion(program: DescribedCommand): string {
  const commands = everyCommand(withHelpCommands(program));
  const name = nameOf(program);
  return `# Completion of ${name} for bash. To load it: source <(${name} completion bash)

# Sets what an option of a command takes, for example: "mailseal sign" --key. It is empty for a flag.
${functionName([name])}_option() {
  takes= choices= optional= variadic=
  case "$1 $2" in
${optionCases(commands)}
  esac
}

# Sets the names, the options and the arguments that follow a command.
${functionName([name])}_command() {
  names= options= arguments=() repeats=
  case $1 in
${commands.map(commandCase).join("\n")}
  esac
}

${engine(name)}
complete -F ${functionName([name])} ${name}
`;
}

/** One case for all options that take the same. */
function optionCases(commands: readonly DescribedCommand[]): string {
  const cases = new Map<string, string[]>();
  for (const command of commands) {
    for (const { flags, value } of optionsOf(command)) {
      if (value === undefined) continue;
      const places = flags.map((flag) => quoted(`${command.path.join(" ")} ${flag}`));
      const assigned = assignments(value);
      cases.set(assigned, [...(cases.get(assigned) ?? []), ...places]);
    }
  }
  return Array.from(
    cases,
    ([assigned, places]) => `    ${places.join(" | \\\n      ")}) ${assigned} ;;`,
  ).join("\n");
}

function assignments({ takes, isOptional, isVariadic }: DescribedValue): string {
  const choices = takes.kind === "choices" ? ` choices=${quoted(takes.choices.join(" "))}` : "";
  return `takes=${takes.kind}${choices}${isOptional ? " optional=yes" : ""}${isVariadic ? " variadic=yes" : ""}`;
}

function quotedList(list: readonly string[]): string {
  return quoted(list.join(" "));
}

function commandCase(command: DescribedCommand): string {
  const assigned = [
    ...(command.commands.length === 0 ? [] : [`names=${quotedList(command.commands.map(nameOf))}`]),
    `options=${quotedList(optionsOf(command).flatMap(({ flags }) => flags))}`,
    ...(command.arguments.length === 0
      ? []
      : [`arguments=(${command.arguments.map(({ takes }) => quoted(argument(takes))).join(" ")})`]),
    ...(command.arguments.at(-1)?.isRepeatable === true ? ["repeats=yes"] : []),
  ];
  return `    ${quoted(command.path.join(" "))})\n      ${assigned.join("\n      ")} ;;`;
}

/** A kind, and the choices after it. */
function argument(takes: ValueKind): string {
  return takes.kind === "choices" ? ["choices", ...takes.choices].join(" ") : takes.kind;
}

/** Walks the words before the cursor, then offers what may follow. By default \`=\` is a word of its own in bash. */
function engine(name: string): string {
  const prefix = functionName([name]);
  return `${prefix}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} command=${name} option= given=0 ended=
  local takes choices optional variadic names options arguments repeats i word
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ $option && ($word == = || ($variadic && $word != -*)) ]]; then
      continue
    elif [[ $option && ! (($optional || $variadic) && $word == -*) ]]; then
      option=
    elif [[ ! $ended && $word == -- ]]; then
      ended=yes option=
    elif [[ ! $ended && $word == -* ]]; then
      ${prefix}_option "$command" "$word"
      option=\${takes:+$word}
    else
      ${prefix}_command "$command"
      if [[ $given == 0 && " $names " == *" $word "* ]]; then
        command+=" $word"
      else
        given=$((given + 1))
      fi
    fi
  done
  [[ $cur == = ]] && cur=
  ${prefix}_command "$command"
  takes= choices=
  if [[ $option && ! (($optional || $variadic) && $cur == -*) ]]; then
    ${prefix}_option "$command" "$option"
  elif [[ ! $ended && $cur == -* ]]; then
    takes=choices choices=$options
  elif [[ $names && $given == 0 ]]; then
    takes=choices choices=$names
  else
    [[ $repeats && $given -ge \${#arguments[@]} ]] && given=$((\${#arguments[@]} - 1))
    takes=\${arguments[given]:-"choices $options"}
    [[ $takes == choices* ]] && choices=\${takes#choices} takes=choices
  fi
  COMPREPLY=()
  case $takes in
    choices) choices=$(compgen -W "$choices" -- "$cur") ;;
    file) choices=$(compgen -f -- "$cur") ;;
    directory) choices=$(compgen -d -- "$cur") ;;
    *) choices= ;;
  esac
  # Bash before version 4 has no compopt; names of directories then get no slash.
  [[ $takes == file || $takes == directory ]] && compopt -o filenames 2>/dev/null
  while IFS= read -r word; do
    [[ $word ]] && COMPREPLY+=("$word")
  done <<<"$choices"
}
`;
}
