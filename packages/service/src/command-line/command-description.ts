/** A program's commands as data, read from the objects that parse its command line and print its help. */
import type { Argument, Command, Option } from "commander";
import { fitHelp, type HelpEnd, helpEndOf } from "./help.ts";

/** The values that an option or an argument takes, for completion. */
export type ValueKind =
  | { readonly kind: "file" | "directory" | "text" }
  | { readonly kind: "choices"; readonly choices: readonly string[] };

export interface DescribedValue {
  /** As in the help, without its brackets: `file`. */
  readonly name: string;
  readonly takes: ValueKind;
  readonly isOptional: boolean;
  /** It may be given again, with its option. */
  readonly isRepeatable: boolean;
  /** Several values may follow each other. */
  readonly isVariadic: boolean;
}

export interface DescribedOption {
  /** With dashes, such as `-k` and `--key`. */
  readonly flags: readonly string[];
  /** Undefined for a flag. */
  readonly value: DescribedValue | undefined;
  readonly isRequired: boolean;
  readonly description: string;
  /** As text; undefined if there is none, or the description has it. */
  readonly defaultText: string | undefined;
}

export interface DescribedArgument extends DescribedValue {
  readonly description: string;
  readonly defaultText: string | undefined;
}

export interface DescribedCommand {
  /** The names from the program on, such as `["mailseal", "record", "lint"]`. */
  readonly path: readonly string[];
  /** One line without a final dot. */
  readonly summary: string;
  readonly description: string;
  readonly options: readonly DescribedOption[];
  /** Options of the commands above it that it takes as well, except those of the program. */
  readonly inheritedOptions: readonly DescribedOption[];
  readonly arguments: readonly DescribedArgument[];
  readonly commands: readonly DescribedCommand[];
  /** Signals, files, exit codes and examples. */
  readonly end: HelpEnd | undefined;
}

/** Describes a program with all of its commands. */
export function describeProgram(program: Command): DescribedCommand {
  fitHelp(program);
  return describeCommand(program, { path: [], inheritedOptions: [] });
}

/** A command and all commands below it, each after the one it belongs to. */
export function everyCommand(command: DescribedCommand): readonly DescribedCommand[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

function describeCommand(
  command: Command,
  above: Pick<DescribedCommand, "path" | "inheritedOptions">,
): DescribedCommand {
  const path = [...above.path, command.name()];
  const help = command.createHelp();
  // Commander adds --help itself, and a command "help", which needs no page of its own.
  const options = help.visibleOptions(command).map(describeOption);
  const isProgram = above.path.length === 0;
  const own = isProgram ? [] : options.filter(({ flags }) => !flags.includes("--help"));
  const inheritedOptions = [...above.inheritedOptions, ...own];
  return {
    path,
    summary: command.summary() === "" ? uncapitalized(command.description()) : command.summary(),
    description: command.description(),
    options,
    inheritedOptions: above.inheritedOptions,
    arguments: command.registeredArguments.map(describeArgument),
    commands: command.commands.map((each) => describeCommand(each, { path, inheritedOptions })),
    end: helpEndOf(command),
  };
}

function describeOption(option: Option): DescribedOption {
  const { short, long, defaultValue, defaultValueDescription } = option;
  const [, placeholder] = /[<[]([^>\]]+)[>\]]/.exec(option.flags) ?? [];
  const takesList = Array.isArray(defaultValue) || isRepeatable(option);
  return {
    flags: [short, long].filter((flag) => flag !== undefined),
    value:
      placeholder === undefined
        ? undefined
        : {
            name: placeholder.replace(/\.\.\.$/, ""),
            takes: kindOf(placeholder, option.argChoices),
            isOptional: option.optional,
            isRepeatable: takesList,
            isVariadic: option.variadic,
          },
    isRequired: option.mandatory && defaultValue === undefined,
    description: option.description,
    defaultText: option.isBoolean() ? undefined : textOf(defaultValue, defaultValueDescription),
  };
}

/** Commander does not know that an option's parser collects values; its description does. */
function isRepeatable({ variadic, description }: Option): boolean {
  return variadic || /\brepeat(?:able)?\b/.test(description);
}

function describeArgument(argument: Argument): DescribedArgument {
  const { defaultValue, defaultValueDescription, argChoices } = argument;
  return {
    name: argument.name(),
    takes: kindOf(argument.name(), argChoices),
    isOptional: !argument.required,
    isRepeatable: argument.variadic,
    isVariadic: argument.variadic,
    description: argument.description,
    defaultText: textOf(defaultValue, defaultValueDescription),
  };
}

const files: ReadonlySet<string> = new Set(["file", "keyfile", "target", "argv"]);

function kindOf(placeholder: string, choices: readonly string[] | undefined): ValueKind {
  if (choices !== undefined) return { kind: "choices", choices };
  const name = placeholder.replace(/\.\.\.$/, "");
  if (name === "dir") return { kind: "directory" };
  return { kind: files.has(name) ? "file" : "text" };
}

function textOf(value: unknown, description: string | undefined): string | undefined {
  if (description !== undefined) return description;
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

function uncapitalized(sentence: string): string {
  return `${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`.replace(/\.$/, "");
}
