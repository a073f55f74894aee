import type {
  DescribedArgument,
  DescribedCommand,
  DescribedOption,
  DescribedValue,
} from "@mailseal/service/command-line";
import { everyCommand } from "@mailseal/service/command-line";
import { proseText, table } from "./markdown.ts";

/** The reference of a program: its own options, then a section for each command. */
export function commandPage(program: DescribedCommand): string {
  const [, ...commands] = everyCommand(program);
  return [
    `# ${nameOf(program)}`,
    ...commandText(program),
    ...commands.flatMap(commandSection),
    "",
  ].join("\n\n");
}

function commandSection(command: DescribedCommand): readonly string[] {
  const marks = command.path.length > 2 ? "###" : "##";
  return [`${marks} ${nameOf(command)}`, ...commandText(command)];
}

/** The exit codes of every command of the programs. */
export function exitCodePage(programs: readonly DescribedCommand[]): string {
  return [
    "# Exit codes",
    "Every command ends with one of these codes, so that scripts and timers can tell an answer from a failure. A command " +
      "whose reader goes away (`| head`) ends with the code that it would have had if everything had been read.",
    ...programs.flatMap((program) => [
      `## ${nameOf(program)}`,
      table(["code", "command", "meaning"], exitRows(program)),
    ]),
    "",
  ].join("\n\n");
}

/** One row for each code and meaning, with all commands that share it. */
function exitRows(program: DescribedCommand): readonly (readonly string[])[] {
  const commands = new Map<
    string,
    { readonly code: string; readonly meaning: string; readonly names: string[] }
  >();
  for (const command of everyCommand(program)) {
    for (const [code, meaning] of Object.entries(command.end?.exit ?? {})) {
      const row = commands.get(`${code} ${meaning}`) ?? { code, meaning, names: [] };
      row.names.push(`\`${nameOf(command)}\``);
      commands.set(`${code} ${meaning}`, row);
    }
  }
  const everywhere = everyCommand(program).filter(({ end }) => end !== undefined).length;
  return [...commands.values()]
    .toSorted((one, other) => Number(one.code) - Number(other.code))
    .map(({ code, meaning, names }) => [
      code,
      names.length === everywhere ? "every command" : names.join(", "),
      meaning,
    ]);
}

function nameOf({ path }: DescribedCommand): string {
  return path.join(" ");
}

function commandText(command: DescribedCommand): readonly string[] {
  const { description, options, inheritedOptions, commands, end } = command;
  const { signals = {}, files = {}, environment = {}, exit = {}, examples = [] } = end ?? {};
  return [
    proseText(description),
    `\`\`\`text\n${usageOf(command)}\n\`\`\``,
    ...(commands.length === 0
      ? []
      : [
          table(
            ["command", "purpose"],
            commands.map((each) => [`[\`${nameOf(each)}\`](#${anchorOf(each)})`, each.summary]),
          ),
        ]),
    ...section(["argument", "meaning", "default"], command.arguments.map(argumentRow)),
    ...section(["option", "meaning", "default"], [...options, ...inheritedOptions].map(optionRow)),
    ...meanings("signal", "effect", signals),
    ...meanings("file", "use", files),
    ...meanings("environment variable", "effect", environment),
    ...meanings("exit code", "meaning", exit),
    ...(examples.length === 0 ? [] : [`\`\`\`text\n${examples.join("\n")}\n\`\`\``]),
  ];
}

/** The anchor of a command's heading, as GitHub makes it. */
function anchorOf(command: DescribedCommand): string {
  return nameOf(command).replaceAll(" ", "-");
}

function usageOf({ path, options, commands, arguments: values }: DescribedCommand): string {
  return [
    path.join(" "),
    ...(options.length === 0 ? [] : ["[options]"]),
    ...(commands.length === 0 ? [] : ["<command>"]),
    ...values.map(valueText),
  ].join(" ");
}

function valueText({ name, isOptional, isRepeatable }: DescribedValue): string {
  const repeated = isRepeatable ? `${name}...` : name;
  return isOptional ? `[${repeated}]` : `<${repeated}>`;
}

function argumentRow(argument: DescribedArgument): readonly string[] {
  const { description, defaultText = "" } = argument;
  return [`\`${valueText(argument)}\``, description, defaultText];
}

function optionRow({
  flags,
  value,
  isRequired,
  description,
  defaultText,
}: DescribedOption): readonly string[] {
  const written = flags.join(", ") + (value === undefined ? "" : ` <${value.name}>`);
  return [`\`${written}\``, description, isRequired ? "required" : (defaultText ?? "")];
}

/** Nothing for a table without rows; without its last column if that is empty. */
function section(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  if (rows.length === 0) return [];
  const last = head.length - 1;
  const isLastEmpty = rows.every((row) => row[last] === "");
  return [
    isLastEmpty
      ? table(
          head.slice(0, last),
          rows.map((row) => row.slice(0, last)),
        )
      : table(head, rows),
  ];
}

function meanings(
  name: string,
  meaning: string,
  entries: Readonly<Record<string, string>>,
): readonly string[] {
  const rows = Object.entries(entries).map(([entry, text]) => [`\`${entry}\``, text]);
  return rows.length === 0 ? [] : [table([name, meaning], rows)];
}
