import type {
  DescribedArgument,
  DescribedCommand,
  DescribedOption,
  DescribedValue,
} from "@mailseal/service/command-line";
import { foldedCommand } from "./folded-command.ts";
import {
  bold,
  code,
  definition,
  filled,
  italic,
  literal,
  paragraph,
  prose,
  reference,
  section,
  sentence,
  title,
} from "./roff.ts";

export interface Manual {
  /** Of the program. */
  readonly program: DescribedCommand;
  /** 1 for commands of users, 8 for programs of the system. */
  readonly section: string;
  /** Other pages to read, with their sections. */
  readonly related: ReadonlyMap<string, string>;
  readonly date: string;
  readonly version: string;
}

/** The name of a command's page, such as `mailseal-record-lint`. */
export function pageName({ path }: DescribedCommand): string {
  return path.join("-");
}

/** The page of one command. It holds what its `--help` prints, and nothing that the command does not define. */
export function commandPage(command: DescribedCommand, manual: Manual): string {
  const { program, date, version } = manual;
  const { signals = {}, exit = {} } = command.end ?? {};
  const examples = examplesOf(command);
  const files = { ...filesOf(command), ...command.end?.files };
  const environment = { ...program.end?.environment, ...command.end?.environment };
  const name = pageName(command);
  return [
    title({ name, section: manual.section, date, version }),
    ...section("NAME", [filled(`${literal(name)} \\- ${literal(command.summary)}`)]),
    ...section("SYNOPSIS", [synopsis(command)]),
    ...section("DESCRIPTION", [paragraph(command.description)]),
    ...section(
      "COMMANDS",
      command.commands.map((each) =>
        definition(reference(pageName(each), manual.section), prose(sentence(each.summary))),
      ),
    ),
    ...section("ARGUMENTS", command.arguments.map(argumentDefinition)),
    ...section("OPTIONS", command.options.map(optionDefinition)),
    ...section("SIGNALS", definitions(signals)),
    ...section("EXIT STATUS", definitions(exit)),
    ...section("FILES", definitions(files)),
    ...section("ENVIRONMENT", definitions(environment)),
    ...section("EXAMPLES", examples.length === 0 ? [] : [code(exampleLines(examples))]),
    ...section("SEE ALSO", [references(command, manual)]),
    "",
  ].join("\n");
}

/** A group shows the first example of each of its commands. */
function examplesOf({ end, commands }: DescribedCommand): readonly string[] {
  return end?.examples ?? commands.flatMap((each) => examplesOf(each).slice(0, 1));
}

/** Examples of several lines are apart from each other. A help text has them in lines of its own. */
function exampleLines(examples: readonly string[]): readonly string[] {
  const whole = examples
    .join("\n")
    .replaceAll(/ *\\\n */g, " ")
    .split("\n");
  const folded = whole.map((line) => foldedCommand(line));
  const isApart = folded.some(({ length }) => length > 1);
  return folded.flatMap((lines, index) => (isApart && index > 0 ? [""].concat(lines) : lines));
}

function synopsis(command: DescribedCommand): string {
  const own = command.options.filter(({ flags }) => !isUniversal(flags));
  const required = own.filter(({ isRequired }) => isRequired);
  const others = own.filter(({ isRequired }) => !isRequired);
  const few = 4;
  const words = [
    bold(command.path.join(" ")),
    ...required.map(usageOf),
    ...(others.length > few
      ? [`[${italic("options")}]`]
      : others.map((option) => `[${usageOf(option)}]`)),
    ...command.arguments.map(argumentUsage),
  ];
  if (command.commands.length === 0) return words.join("\n");
  const group = [bold(command.path.join(" ")), italic("command"), `[${italic("options")}]`];
  // A group with options of its own, such as mailseal stats, is a command itself.
  return (own.length === 0 ? group : [...words, ".br", ...group]).join("\n");
}

/** Options that every command has. */
function isUniversal(flags: readonly string[]): boolean {
  return flags.includes("--help") || flags.includes("--version");
}

/** The long form says what it is. */
function usageOf({ flags, value }: DescribedOption): string {
  const flag = bold(flags.at(-1) ?? "");
  return value === undefined ? flag : `${flag}\\~${placeholder(value)}`;
}

function argumentUsage(argument: DescribedArgument): string {
  const name = `${italic(argument.name)}${argument.isVariadic ? "\\~..." : ""}`;
  return argument.isOptional ? `[${name}]` : name;
}

function placeholder({ name, isOptional, isVariadic }: DescribedValue): string {
  const values = isVariadic ? `${italic(name)} ...` : italic(name);
  return isOptional ? `[${values}]` : values;
}

function argumentDefinition(argument: DescribedArgument): string {
  return definition(italic(argument.name), meaning(argument, argument.takes, argument.defaultText));
}

function optionDefinition(option: DescribedOption): string {
  const { flags, value, defaultText, isRequired } = option;
  const forms = flags.map(bold).join(", ");
  const term = value === undefined ? forms : `${forms} ${placeholder(value)}`;
  const required = isRequired ? "\nThis option is required." : "";
  return definition(term, `${meaning(option, value?.takes, defaultText)}${required}`);
}

function meaning(
  { description }: { readonly description: string },
  takes: DescribedValue["takes"] | undefined,
  defaultText: string | undefined,
): string {
  return [
    prose(sentence(description, takes?.kind === "choices" ? takes.choices : [])),
    ...(takes?.kind === "choices"
      ? [filled(`Values: ${takes.choices.map(bold).join(", ")}.`)]
      : []),
    ...(defaultText === undefined ? [] : [filled(`Default: ${literal(defaultText)}.`)]),
  ].join("\n");
}

function definitions(meanings: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(meanings).map(([name, text]) =>
    definition(bold(name), prose(sentence(text))),
  );
}

/** The files that options name by default. */
function filesOf({ options }: DescribedCommand): Readonly<Record<string, string>> {
  return Object.fromEntries(
    options.flatMap(({ defaultText = "", description }) =>
      defaultText.startsWith("/") ? [[defaultText, description]] : [],
    ),
  );
}

/** The commands beside it, the one that it belongs to, and the related pages. */
function references(command: DescribedCommand, manual: Manual): string {
  const names = new Map<string, string>();
  const groups = groupsAbove(command, manual.program);
  for (const group of groups) names.set(pageName(group), manual.section);
  for (const each of [...(groups.at(-1)?.commands ?? []), ...command.commands]) {
    names.set(pageName(each), manual.section);
  }
  for (const [name, pageSection] of manual.related) names.set(name, pageSection);
  names.delete(pageName(command));
  return Array.from(names, ([name, pageSection]) => reference(name, pageSection)).join(",\n");
}

/** The commands that a command belongs to, from the program on; for one of the first level, only the program's name. */
function groupsAbove(
  { path }: DescribedCommand,
  program: DescribedCommand,
): readonly DescribedCommand[] {
  const groups: DescribedCommand[] = [];
  let group: DescribedCommand | undefined = program;
  for (const name of path.slice(1)) {
    if (group !== undefined) groups.push(group);
    group = group?.commands.find((each) => each.path.at(-1) === name);
  }
  return groups;
}
