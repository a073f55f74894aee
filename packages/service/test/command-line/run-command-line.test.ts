import { MailsealError } from "@mailseal/errors";
import { Argument, Command, InvalidArgumentError, Option } from "commander";
import { expect, test } from "vitest";
import { packageVersion, runCommandLine } from "../../src/command-line/index.ts";

interface Case {
  readonly name: string;
  readonly args: readonly string[];
  /** Thrown by the command. */
  readonly error?: Error;
  /** The command has an option that must be given. */
  readonly required?: true;
  readonly code: number;
  readonly lines: readonly RegExp[];
}

const cases: readonly Case[] = [
  { name: "a good end", args: [], code: 0, lines: [] },
  {
    name: "an error that the operator can mend",
    args: [],
    error: new MailsealError("config", "line 3: expected a map"),
    code: 1,
    lines: [/^line 3: expected a map$/],
  },
  {
    name: "wrong use",
    args: ["--chek"],
    code: 2,
    lines: [/^unknown option '--chek'.*; see --help$/],
  },
  {
    name: "a missing option",
    args: [],
    required: true,
    code: 2,
    lines: [/^--file <file> is missing; see --help$/],
  },
  {
    name: "a missing argument",
    args: ["show"],
    code: 2,
    lines: [/^<id> is missing; see --help$/],
  },
  {
    name: "a value of an option that cannot be parsed",
    args: ["--size", "x is invalid. y"],
    code: 2,
    lines: [/^--size "x is invalid\. y" is not valid: expected a number; see --help$/],
  },
  {
    name: "a value that is not among the choices",
    args: ["--level", "loud"],
    code: 2,
    lines: [/^--level "loud" is not valid: expected one of info, warn; see --help$/],
  },
  {
    name: "an argument that is not among the choices",
    args: ["print", "loud"],
    code: 2,
    lines: [/^<level> "loud" is not valid: expected one of info, warn; see --help$/],
  },
  {
    name: "the help of an unknown command",
    args: ["help", "shwo"],
    code: 2,
    lines: [/^unknown command 'shwo' \(Did you mean show\?\); see --help$/],
  },
  {
    name: "an unknown command with --help",
    args: ["shwo", "--help"],
    code: 2,
    lines: [/^unknown command 'shwo' \(Did you mean show\?\); see --help$/],
  },
  {
    name: "the help of an unknown subcommand",
    args: ["help", "show", "more"],
    code: 2,
    lines: [/^show has no command 'more'; see --help$/],
  },
  { name: "the help of a command", args: ["help", "show"], code: 0, lines: [] },
  { name: "the help of the program", args: ["help"], code: 0, lines: [] },
  { name: "an argument before --help", args: ["show", "help", "--help"], code: 0, lines: [] },
  {
    name: "a full disk",
    args: [],
    error: Object.assign(new Error("ENOSPC: no space left on device, write"), {
      code: "ENOSPC",
      path: "/full/file",
    }),
    code: 3,
    lines: [
      /^cannot write \/full\/file: no space left on device; free some space there, and try again$/,
    ],
  },
  {
    name: "an error of ours that a full disk has caused",
    args: [],
    error: new MailsealError("queue-full", "the queue has no room", {
      cause: Object.assign(new Error("database or disk is full"), { errcode: 13 }),
    }),
    code: 3,
    lines: [/^the queue has no room$/],
  },
  {
    name: "a defect",
    args: [],
    error: new TypeError("x is not a function"),
    code: 3,
    lines: [/^unexpected error, please report it: TypeError: x is not a function\n/],
  },
];

test.each(cases)("$name ends with $code", async ({ args, error, required, code, lines }) => {
  const program = new Command("mailseal-test")
    .option("--check", "check")
    .option("-s, --size <size>", "size", () => {
      throw new InvalidArgumentError("expected a number");
    })
    .addOption(new Option("--level <level>", "level").choices(["info", "warn"]))
    .addCommand(new Command("show").argument("<id>", "an id"))
    .addCommand(
      new Command("print").addArgument(new Argument("<level>", "level").choices(["info", "warn"])),
    )
    .action(() => {
      if (error !== undefined) throw error;
    });
  if (required === true) program.requiredOption("-f, --file <file>", "a file");
  const printed: string[] = [];
  const complain = (line: string): void => void printed.push(line);
  expect(await runCommandLine(program, args, { complain })).toBe(code);
  expect(printed).toEqual(lines.map((line) => expect.stringMatching(line) as unknown));
});

test("the version is that of the package of a module", () => {
  expect(packageVersion(import.meta.url)).toBe("0.0.0");
});
